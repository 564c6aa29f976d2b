#pragma once

#include <string>

namespace litewatch {

/// X509_V_ERR_* in words.
std::string verify_error(int verify_result);

}  // namespace litewatch
