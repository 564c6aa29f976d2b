#include "config/config.h"

namespace litewatch {

bool DatabaseConfig::is_pattern() const {
  return !literal && path.find_first_of("*?[") != std::string::npos;
}

}  // namespace litewatch
