# cmake --install: where Debian expects things. Included by the top
# CMakeLists.txt.
set(STOX_UNIT_DIR "${CMAKE_INSTALL_PREFIX}/lib/systemd/system" CACHE PATH
  "Where systemd looks for the unit")
# GNUInstallDirs makes /etc of it when the prefix is /usr.
set(STOX_EXAMPLES_DIR "${CMAKE_INSTALL_DATAROOTDIR}/doc/stox/examples")

install(TARGETS stoxd RUNTIME DESTINATION "${CMAKE_INSTALL_SBINDIR}")
install(FILES docs/man/stoxd.8 DESTINATION "${CMAKE_INSTALL_MANDIR}/man8")
install(FILES conf/stox.yml DESTINATION "${STOX_EXAMPLES_DIR}")
install(DIRECTORY conf/peers DESTINATION "${STOX_EXAMPLES_DIR}")
install(FILES LICENSE README.md docs/configuration.md
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/stox" OPTIONAL)

# The unit starts the binary where it was put.
set(STOX_SBINDIR "${CMAKE_INSTALL_FULL_SBINDIR}")
configure_file(conf/systemd/stoxd.service
  "${CMAKE_BINARY_DIR}/stoxd.service" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/stoxd.service"
  DESTINATION "${STOX_UNIT_DIR}")

# A configuration that is there is never touched; the first one is only for
# root, for secrets go into it.
set(STOX_SETTINGS_DIR "${CMAKE_INSTALL_FULL_SYSCONFDIR}/stox")
install(CODE "
  set(dir \"\$ENV{DESTDIR}${STOX_SETTINGS_DIR}\")
  if(NOT EXISTS \"\${dir}/stox.yml\")
    file(INSTALL \"${CMAKE_SOURCE_DIR}/conf/stox.yml\"
      DESTINATION \"${STOX_SETTINGS_DIR}\"
      PERMISSIONS OWNER_READ OWNER_WRITE)
  endif()
")
