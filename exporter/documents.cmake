# cmake -D LITETOOL=PATH -D OUTPUT=FOLDER -P documents.cmake
# Writes the man pages and the completions that litetool makes.
file(MAKE_DIRECTORY ${OUTPUT})
foreach(program litewatch litetool)
  foreach(format man bash zsh fish)
    string(REPLACE man 1 extension ${format})
    execute_process(COMMAND ${LITETOOL} docs --format=${format} --program=${program}
      OUTPUT_FILE ${OUTPUT}/${program}.${extension} COMMAND_ERROR_IS_FATAL ANY)
  endforeach()
endforeach()
