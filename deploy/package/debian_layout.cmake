# Run by CPack between installing and packing; for the archive there is nothing to do.
if(NOT CPACK_GENERATOR STREQUAL DEB)
  return()
endif()
set(root ${CPACK_TEMPORARY_DIRECTORY})
file(GLOB parts ${root}/*/usr ${root}/usr)
list(GET parts 0 usr)
get_filename_component(root ${usr} DIRECTORY)
set(doc ${usr}/share/doc/litewatch)

file(MAKE_DIRECTORY ${root}/lib)
file(RENAME ${usr}/lib/systemd ${root}/lib/systemd)
file(REMOVE_RECURSE ${usr}/lib)
file(MAKE_DIRECTORY ${root}/etc/litewatch)
file(COPY_FILE ${CPACK_LITEWATCH_PACKAGE_FOLDER}/litewatch.yml ${root}/etc/litewatch/litewatch.yml)

# A native package: its changes are those of the program.
execute_process(COMMAND date --utc --rfc-email --date=${CPACK_LITEWATCH_RELEASE_DATE}
  OUTPUT_VARIABLE date OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${doc}/changelog "litewatch (${CPACK_PACKAGE_VERSION}) unstable; urgency=medium\n\n"
  "  * litewatch ${CPACK_PACKAGE_VERSION}.\n\n -- ${CPACK_DEBIAN_PACKAGE_MAINTAINER}  ${date}\n")
file(GLOB compressed ${usr}/share/man/man1/*.1)
execute_process(COMMAND gzip --best --no-name --force ${compressed} ${doc}/changelog
  COMMAND_ERROR_IS_FATAL ANY)

file(COPY_FILE ${CPACK_LITEWATCH_PACKAGE_FOLDER}/copyright ${doc}/copyright)
