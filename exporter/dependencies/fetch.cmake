# Libraries built from their release tags, and linked statically.
#
# tests/deploy/debian_sources.sh unpacks the same releases from Debian's source packages, for
# machines that reach no Git host; the tests build from those. Two libraries are the build machine's:
# OpenSSL, which has no CMake build, and libcrypt, both with Debian's security updates.
enable_language(C)
if(CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
include(${CMAKE_CURRENT_LIST_DIR}/fetch_library.cmake)

set(OPENSSL_USE_STATIC_LIBS ON)
find_package(OpenSSL 3.0 REQUIRED)
find_library(LIBCRYPT_LIBRARY NAMES libcrypt.a REQUIRED)
add_library(PkgConfig::LIBCRYPT UNKNOWN IMPORTED)
set_target_properties(PkgConfig::LIBCRYPT PROPERTIES IMPORTED_LOCATION ${LIBCRYPT_LIBRARY})

# What is linked of the build machine's own, as Debian words it; elsewhere its packager has to.
foreach(package libc6-dev libcrypt-dev libgcc-s1 libssl-dev)
  install(FILES /usr/share/doc/${package}/copyright DESTINATION share/doc/litewatch/licenses/${package}
          COMPONENT licenses OPTIONAL)
endforeach()

litewatch_fetch(prometheus-cpp https://github.com/jupp0r/prometheus-cpp v1.0.2 OPTIONS
  ENABLE_PULL=OFF ENABLE_PUSH=OFF ENABLE_TESTING=OFF USE_THIRDPARTY_LIBRARIES=OFF GENERATE_PKGCONFIG=OFF)
litewatch_fetch(nlohmann_json https://github.com/nlohmann/json v3.11.3)
litewatch_fetch(yaml-cpp https://github.com/jbeder/yaml-cpp 0.8.0 OPTIONS
  YAML_CPP_BUILD_CONTRIB=OFF YAML_CPP_BUILD_TOOLS=OFF YAML_CPP_FORMAT_SOURCE=OFF)

litewatch_fetch(fmt https://github.com/fmtlib/fmt 10.1.1)
litewatch_fetch(spdlog https://github.com/gabime/spdlog v1.15.2 OPTIONS SPDLOG_FMT_EXTERNAL=ON)

# The front in exporter/web reads connections; of this one only the parser is used, without TLS,
# compression or its own resolver.
litewatch_fetch(httplib https://github.com/yhirose/cpp-httplib v0.41.0 OPTIONS
  HTTPLIB_USE_OPENSSL_IF_AVAILABLE=OFF HTTPLIB_USE_ZLIB_IF_AVAILABLE=OFF
  HTTPLIB_USE_BROTLI_IF_AVAILABLE=OFF HTTPLIB_USE_ZSTD_IF_AVAILABLE=OFF
  HTTPLIB_USE_NON_BLOCKING_GETADDRINFO=OFF)
add_library(PkgConfig::HTTPLIB ALIAS httplib)

litewatch_fetch(libdeflate https://github.com/ebiggers/libdeflate v1.23 OPTIONS
  LIBDEFLATE_BUILD_SHARED_LIB=OFF LIBDEFLATE_BUILD_GZIP=OFF LIBDEFLATE_DECOMPRESSION_SUPPORT=OFF)
add_library(PkgConfig::LIBDEFLATE ALIAS libdeflate_static)
set(LIBDEFLATE_FOUND ON)

litewatch_fetch(cares https://github.com/c-ares/c-ares v1.34.8 OPTIONS
  CARES_STATIC=ON CARES_SHARED=OFF CARES_INSTALL=OFF CARES_BUILD_TOOLS=OFF)
add_library(PkgConfig::CARES ALIAS c-ares)

# RE2 of 2023-06 and later stands on Abseil, of which it takes a small part.
litewatch_fetch(absl https://github.com/abseil/abseil-cpp 20240722.0 OPTIONS ABSL_PROPAGATE_CXX_STD=ON)
litewatch_fetch(re2 https://github.com/google/re2 2024-07-02)
add_library(PkgConfig::RE2 ALIAS re2)

include(${CMAKE_CURRENT_LIST_DIR}/fetch_curl.cmake)
