#pragma once

#include <string_view>

#include "publish/status.h"

namespace litewatch {

/// How a health looks: a class of the page's style, and a sign that is told apart without colour.
struct Look {
  std::string_view style;
  std::string_view sign;
};

inline Look look_of(Health health) {
  switch (health) {
    case Health::kOk:
      return {"ok", "✓"};
    case Health::kNotice:
      return {"notice", "●"};
    case Health::kWarning:
      return {"warning", "▲"};
    case Health::kCritical:
      return {"critical", "■"};
    case Health::kUnknown:
      break;
  }
  return {"unknown", "?"};
}

}  // namespace litewatch
