# litewatch_fetch(NAME REPOSITORY TAG [OPTIONS NAME=VALUE...])
#
# Builds a library as part of ours, from its sources at a release tag. The options are the library's
# own, for nothing but this library. FETCHCONTENT_SOURCE_DIR_<NAME> takes sources that are there
# already. Sets <name>_SOURCE_DIR and <name>_BINARY_DIR for the caller.
include(FetchContent)

function(litewatch_fetch name repository tag)
  cmake_parse_arguments(FETCH "" "" "OPTIONS" ${ARGN})
  # A library's option() and set(... CACHE ...) leave the variables below as they are.
  set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)
  set(CMAKE_POLICY_DEFAULT_CMP0126 NEW)
  set(BUILD_SHARED_LIBS OFF)
  set(BUILD_TESTING OFF)
  set(CMAKE_SKIP_INSTALL_RULES ON)
  foreach(option ${FETCH_OPTIONS})
    string(REGEX MATCH "^([^=]+)=(.*)$" _ "${option}")
    set(${CMAKE_MATCH_1} "${CMAKE_MATCH_2}")
  endforeach()

  litewatch_map_fetched(${name})
  FetchContent_Declare(${name} GIT_REPOSITORY ${repository} GIT_TAG ${tag} GIT_SHALLOW ON
    GIT_SUBMODULES "" SYSTEM)
  FetchContent_MakeAvailable(${name})

  string(TOLOWER ${name} lower)
  # Of its programs and further libraries only what ours need is built.
  set_property(DIRECTORY ${${lower}_SOURCE_DIR} PROPERTY EXCLUDE_FROM_ALL ON)
  litewatch_install_license(${lower} ${${lower}_SOURCE_DIR})
  set(${lower}_SOURCE_DIR ${${lower}_SOURCE_DIR} PARENT_SCOPE)
  set(${lower}_BINARY_DIR ${${lower}_BINARY_DIR} PARENT_SCOPE)
endfunction()

# litewatch_map_fetched(NAME): where its sources lie is in no binary.
function(litewatch_map_fetched name)
  string(TOUPPER ${name} upper)
  string(TOLOWER ${name} lower)
  set(source ${FETCHCONTENT_BASE_DIR}/${lower}-src)
  if(FETCHCONTENT_SOURCE_DIR_${upper})
    set(source ${FETCHCONTENT_SOURCE_DIR_${upper}})
  endif()
  add_compile_options(-ffile-prefix-map=${source}=${lower})
endfunction()

# litewatch_install_license(NAME SOURCE_DIR): who ships a library's code ships its license.
function(litewatch_install_license name source)
  file(GLOB texts ${source}/LICENSE* ${source}/COPYING*)
  list(FILTER texts EXCLUDE REGEX "/LICENSES$")
  if(NOT texts)
    message(FATAL_ERROR "no license in ${source}")
  endif()
  install(FILES ${texts} DESTINATION share/doc/litewatch/licenses/${name} COMPONENT licenses)
endfunction()
