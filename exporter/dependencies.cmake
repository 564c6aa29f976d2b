# The libraries litewatch stands on, under the names that Debian's packages give their targets.
set_property(CACHE LITEWATCH_DEPS PROPERTY STRINGS system fetch)
if(NOT LITEWATCH_DEPS MATCHES "^(system|fetch)$")
  message(FATAL_ERROR "LITEWATCH_DEPS is \"${LITEWATCH_DEPS}\": expected system or fetch")
endif()

find_package(Threads REQUIRED)
include(${CMAKE_CURRENT_LIST_DIR}/dependencies/${LITEWATCH_DEPS}.cmake)
