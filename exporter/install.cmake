# What `cmake --install` puts where, by component:
#   programs  litewatch and litetool
#   content   rules and dashboards, and the sources of both: litetool builds deliveries of them
#   docs      man pages and completions, as the installed litetool's own tables say, and the example
#   systemd   the unit and the socket, with the paths of this installation
include(GNUInstallDirs)

install(TARGETS litewatch litetool RUNTIME COMPONENT programs)

set(content ${CMAKE_INSTALL_DATADIR}/litewatch)
install(DIRECTORY rules/recording rules/alerts rules/runbooks DESTINATION ${content}/rules
        COMPONENT content)
install(FILES rules/alertmanager.yml DESTINATION ${content}/rules COMPONENT content)
install(DIRECTORY dashboards/ DESTINATION ${content}/dashboards COMPONENT content
        FILES_MATCHING PATTERN "*.json" PATTERN "*.yml")

# At install time, because a build with a sanitizer cannot run litetool just like that.
install(CODE "
  execute_process(COMMAND \"${CMAKE_COMMAND}\" -D \"LITETOOL=$<TARGET_FILE:litetool>\"
    -D \"OUTPUT=${PROJECT_BINARY_DIR}/documents\"
    -P \"${PROJECT_SOURCE_DIR}/exporter/documents.cmake\" COMMAND_ERROR_IS_FATAL ANY)
" COMPONENT docs)
install(FILES ${PROJECT_BINARY_DIR}/documents/litewatch.1 ${PROJECT_BINARY_DIR}/documents/litetool.1
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT docs)
# zsh of Debian looks in one folder for what packages bring, in another below /usr/local. The prefix is
# known when it is installed; CPack's ends with /usr.
install(CODE "
  set(zsh_folder site-functions)
  if(CMAKE_INSTALL_PREFIX MATCHES /usr$)
    set(zsh_folder vendor-completions)
  endif()
" COMPONENT docs)
foreach(program litewatch litetool)
  install(FILES ${PROJECT_BINARY_DIR}/documents/${program}.bash COMPONENT docs
          DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${program})
  install(FILES ${PROJECT_BINARY_DIR}/documents/${program}.zsh COMPONENT docs
          DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/\${zsh_folder} RENAME _${program})
  install(FILES ${PROJECT_BINARY_DIR}/documents/${program}.fish COMPONENT docs
          DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endforeach()
install(FILES deploy/package/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT docs)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright COMPONENT docs)
install(FILES deploy/litewatch.example.yml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT docs)
install(FILES deploy/systemd/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/systemd COMPONENT docs)
install(DIRECTORY deploy/systemd/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}/systemd COMPONENT docs)

# The prefix of an archive is the folder that CPack gathers its files in.
install(CODE "
  string(REGEX REPLACE ^.*/_CPack_Packages/.*/usr$ /usr prefix \"\${CMAKE_INSTALL_PREFIX}\")
  set(unit \"${PROJECT_BINARY_DIR}/documents/litewatch.service\")
  file(READ \"${PROJECT_SOURCE_DIR}/deploy/systemd/litewatch.service\" text)
  string(REPLACE /usr/bin/ \"\${prefix}/${CMAKE_INSTALL_BINDIR}/\" text \"\${text}\")
  file(WRITE \"\${unit}\" \"\${text}\")
" COMPONENT systemd)
install(FILES ${PROJECT_BINARY_DIR}/documents/litewatch.service deploy/systemd/litewatch.socket
        DESTINATION lib/systemd/system COMPONENT systemd)

include(deploy/package/cpack.cmake)
