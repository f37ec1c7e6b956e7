# cpack -G DEB: the Debian package. Included by the top CMakeLists.txt behind
# the install rules. tests/package.sh builds it and tries it in a clean root.
set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_NAME stox)
set(CPACK_PACKAGE_VENDOR "Stox")
set(CPACK_PACKAGE_CONTACT "Stox maintainers <root@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "gateway between XMPP and SIP")
set(CPACK_PACKAGE_DESCRIPTION
  "stoxd attaches to an XMPP server as an external component (XEP-0114) and
 speaks SIP/SIMPLE on the other side: messages, presence and what goes with
 them, in both directions.")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "init-system-helpers (>= 1.52), procps, systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "prosody | ejabberd")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${CMAKE_CURRENT_LIST_DIR}/conffiles" "${CMAKE_CURRENT_LIST_DIR}/postinst"
  "${CMAKE_CURRENT_LIST_DIR}/prerm" "${CMAKE_CURRENT_LIST_DIR}/postrm")
include(CPack)
