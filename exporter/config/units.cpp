#include "config/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/parse.h"

namespace litewatch {

std::string exact_size(std::uint64_t bytes) {
  static constexpr std::array<const char*, 4> kUnits = {"KiB", "MiB", "GiB", "TiB"};
  const char* unit = "";
  for (const char* larger : kUnits) {
    if (bytes == 0 || bytes % 1024 != 0) break;
    bytes /= 1024;
    unit = larger;
  }
  return std::to_string(bytes) + unit;
}

std::string exact_duration(double seconds) {
  static constexpr std::array<std::pair<double, std::string_view>, 5> kUnits = {
      {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}, {0.001, "ms"}}};
  if (seconds == 0) return "0s";
  for (const auto& [unit_s, unit] : kUnits) {
    const double count = std::round(seconds / unit_s);
    if (count < 1) continue;
    std::string text = exact_number(count).append(unit);
    if (parse_duration_s(text) == seconds) return text;
  }
  return exact_number(seconds) + "s";
}

std::string exact_number(double value) {
  std::array<char, 400> text;  // the longest fixed double has 325 digits
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return std::string(text.data(), end);
}

}  // namespace litewatch
