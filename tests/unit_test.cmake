# Catch2's main compiles once, for all test programs.
if(LITEWATCH_TESTS)
  find_package(Catch2 REQUIRED)
  add_library(litewatch_test_main STATIC unit/main.cpp)
  target_link_libraries(litewatch_test_main PUBLIC Catch2::Catch2)
  target_include_directories(litewatch_test_main PUBLIC ${PROJECT_SOURCE_DIR}/tests/unit)
  litewatch_compile_options(litewatch_test_main)
endif()

# litewatch_unit_test(NAME SOURCES ... MAY_INCLUDE LAYER... [LIBRARIES ...])
# One test program per layer, named unit_NAME, run by ctest as "unit.NAME".
function(litewatch_unit_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;MAY_INCLUDE;LIBRARIES" ${ARGN})
  add_executable(unit_${name} ${TEST_SOURCES})
  litewatch_may_include(unit_${name} ${TEST_MAY_INCLUDE})
  target_link_libraries(unit_${name} PRIVATE litewatch_test_main ${TEST_LIBRARIES})
  target_compile_definitions(unit_${name} PRIVATE
    LITEWATCH_SOURCE_DIR="${PROJECT_SOURCE_DIR}" LITEWATCH_BINARY_DIR="${PROJECT_BINARY_DIR}")
  litewatch_compile_options(unit_${name})
  add_test(NAME unit.${name} COMMAND unit_${name})
endfunction()
