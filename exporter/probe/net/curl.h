#pragma once

#include <curl/curl.h>

namespace litewatch {

/// Once per process, whoever comes first, and safe beside any other initialisation (libcurl 7.84
/// and later); curl needs no end.
inline CURLcode initialize_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  return code;
}

}  // namespace litewatch
