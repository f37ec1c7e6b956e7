# cmake --install: where Debian expects things. Included by the top
# CMakeLists.txt. Everything is below the prefix, but the settings: the unit
# and the program look for them in /etc/stox.
set(STOX_DOC_DIR "${CMAKE_INSTALL_DATAROOTDIR}/doc/stox")

install(TARGETS stoxd RUNTIME DESTINATION "${CMAKE_INSTALL_SBINDIR}")
install(FILES docs/man/stoxd.8 DESTINATION "${CMAKE_INSTALL_MANDIR}/man8")
# stox.yml(5) is what the program says of its settings.
add_custom_command(OUTPUT stox.yml.5
  COMMAND stoxd --options > options.md
  COMMAND awk -v version=${PROJECT_VERSION}
    -f ${CMAKE_CURRENT_SOURCE_DIR}/docs/man/stox.yml.awk options.md > stox.yml.5
  DEPENDS stoxd docs/man/stox.yml.awk)
add_custom_target(manual ALL DEPENDS stox.yml.5)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/stox.yml.5"
  DESTINATION "${CMAKE_INSTALL_MANDIR}/man5")
install(FILES conf/completion/stoxd.bash RENAME stoxd
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/bash-completion/completions")
install(FILES conf/completion/_stoxd
  DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/zsh/vendor-completions")
install(FILES conf/systemd/stox.sysusers RENAME stox.conf
  DESTINATION lib/sysusers.d)
install(FILES conf/stox.yml DESTINATION "${STOX_DOC_DIR}/examples")
install(DIRECTORY conf/peers conf/fail2ban conf/grafana
  conf/prometheus conf/schema DESTINATION "${STOX_DOC_DIR}/examples")
install(DIRECTORY docs/guides docs/internals DESTINATION "${STOX_DOC_DIR}")
install(FILES LICENSE README.md docs/configuration.md docs/mapping.md
  docs/operations.md docs/users.md docs/presence.md docs/security.md docs/store.md
  docs/reliability.md docs/performance.md docs/metrics.md docs/phones.md docs/scaling.md
  docs/architecture.md docs/conformance.md docs/CHANGELOG.md
  DESTINATION "${STOX_DOC_DIR}" OPTIONAL)

# The unit starts the binary where it was put; systemd looks for units in
# lib/systemd/system of /usr and of /usr/local.
set(STOX_SBINDIR "${CMAKE_INSTALL_FULL_SBINDIR}")
configure_file(conf/systemd/stoxd.service
  "${CMAKE_BINARY_DIR}/stoxd.service" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/stoxd.service"
  DESTINATION lib/systemd/system)

# Settings that are there are never touched; the first ones are for root only,
# since a secret goes into them.
set(STOX_EXAMPLE "${CMAKE_CURRENT_SOURCE_DIR}/conf/stox.yml")
install(CODE "set(example \"${STOX_EXAMPLE}\")")
install(CODE [[
  if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
    set(settings "/etc/stox")
  else()
    set(settings "${CMAKE_INSTALL_PREFIX}/etc/stox")
  endif()
  if(NOT EXISTS "$ENV{DESTDIR}${settings}/stox.yml")
    file(INSTALL "${example}" DESTINATION "${settings}"
      PERMISSIONS OWNER_READ OWNER_WRITE)
  endif()
]])
