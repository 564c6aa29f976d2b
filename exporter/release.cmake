# The programs as they are shipped beyond Debian's packages.

# The same bytes wherever, whenever and by whomever they are built; fetched sources are mapped in
# dependencies/fetch_library.cmake.
if(LITEWATCH_REPRODUCIBLE)
  # GCC takes the last that fits: a build folder within the sources has its own name.
  add_compile_options(-ffile-prefix-map=${PROJECT_SOURCE_DIR}=litewatch
                      -ffile-prefix-map=${PROJECT_BINARY_DIR}=build
                      -Werror=date-time)
  add_link_options(-Wl,--build-id=sha1)
endif()

# Programs that need no file but themselves. Position-independent, so that addresses stay random.
if(LITEWATCH_STATIC)
  if(NOT LITEWATCH_DEPS STREQUAL fetch)
    message(FATAL_ERROR "LITEWATCH_STATIC needs LITEWATCH_DEPS=fetch: Debian's libcurl.a and others "
                        "want libraries that Debian has in shared form only")
  endif()
  add_compile_options(-fPIE -ffunction-sections -fdata-sections -fstack-protector-strong
                      $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
  add_link_options(-static-pie -Wl,--gc-sections,-z,relro,-z,now $<$<CONFIG:Release>:-s>)
endif()
