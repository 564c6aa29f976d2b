#include "promql/number.h"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/ascii.h"

namespace litewatch::promql {
namespace {

std::optional<double> parse_integer(std::string_view digits, int base) {
  std::uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || rest != end) return std::nullopt;
  return static_cast<double>(value);
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  if (same_ignoring_case(text, "inf")) return std::numeric_limits<double>::infinity();
  if (same_ignoring_case(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (text.size() > 1 && text[0] == '0') {
    if (ascii_lower(text[1]) == 'x') return parse_integer(text.substr(2), 16);
    if (const auto octal = parse_integer(text.substr(1), 8)) return octal;
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (rest != end || text.empty()) return std::nullopt;
  // Too small is zero to Go, too large an error.
  if (error == std::errc::result_out_of_range && text.find("e-") == std::string_view::npos &&
      text.find("E-") == std::string_view::npos) {
    return std::nullopt;
  }
  return value;
}

std::optional<double> parse_promql_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  constexpr std::array<Unit, 7> kUnits = {{{"y", 365 * 86400.0},
                                           {"w", 7 * 86400.0},
                                           {"d", 86400},
                                           {"h", 3600},
                                           {"m", 60},
                                           {"s", 1},
                                           {"ms", 0.001}}};
  constexpr double kMost_s = 9.2e9;
  double total_s = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    std::uint64_t count = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    text.remove_prefix(name.size());
    while (next_unit < kUnits.size() && kUnits[next_unit].name != name) ++next_unit;
    if (next_unit == kUnits.size()) return std::nullopt;
    total_s += static_cast<double>(count) * kUnits[next_unit++].seconds;
  }
  if (total_s <= 0 || total_s > kMost_s) return std::nullopt;
  return total_s;
}

}  // namespace litewatch::promql
