# litewatch_layer(NAME SOURCES ... MAY_INCLUDE ... [LIBRARIES ...])
#
# One static library per folder of exporter/. A layer's headers are reached as "NAME/file.h"
# through an include root of its own, and links are private: a file that includes a layer its
# folder does not list under MAY_INCLUDE does not compile.
function(litewatch_layer name)
  cmake_parse_arguments(LAYER "" "" "SOURCES;MAY_INCLUDE;LIBRARIES" ${ARGN})
  set(include_root ${PROJECT_BINARY_DIR}/include/${name})
  file(MAKE_DIRECTORY ${include_root})
  file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR} ${include_root}/${name} SYMBOLIC)

  add_library(litewatch_${name} STATIC ${LAYER_SOURCES})
  target_include_directories(litewatch_${name} PUBLIC ${include_root})
  litewatch_may_include(litewatch_${name} ${LAYER_MAY_INCLUDE})
  target_link_libraries(litewatch_${name} PRIVATE ${LAYER_LIBRARIES})
  litewatch_compile_options(litewatch_${name})
endfunction()

# litewatch_may_include(TARGET LAYER...): lets TARGET include and link the layers named.
function(litewatch_may_include target)
  foreach(layer ${ARGN})
    target_link_libraries(${target} PRIVATE litewatch_${layer})
  endforeach()
endfunction()

# litewatch_compile_options(TARGET): warnings and sanitizers, the same for everything we build.
function(litewatch_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE -Wthread-safety)
  else()
    # GCC 12 warns of overlaps within its own std::string that cannot happen (GCC bug 105651).
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(LITEWATCH_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(LITEWATCH_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${LITEWATCH_SANITIZE}
                                             -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${LITEWATCH_SANITIZE})
  endif()
  if(LITEWATCH_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()
