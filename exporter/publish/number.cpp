#include "publish/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace litewatch {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

char* write_special(char* out, double value) {
  const char* text = std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  const std::size_t size = std::strlen(text);
  std::memcpy(out, text, size);
  return out + size;
}

/// Go's %g takes the exponent form outside of 1e-4 <= |value| < 1e6.
std::chars_format go_format(double value) {
  const double size = std::fabs(value);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e6);
  return fixed ? std::chars_format::fixed : std::chars_format::scientific;
}

}  // namespace

char* write_value(char* out, double value) {
  char* const end = out + kMaxValueSize;
  if (std::fabs(value) < kExactIntegers) {
    const auto integer = static_cast<std::int64_t>(value);
    const bool negative_zero = integer == 0 && std::signbit(value);
    if (static_cast<double>(integer) == value && !negative_zero) {
      return std::to_chars(out, end, integer).ptr;
    }
  } else if (!std::isfinite(value)) {
    return write_special(out, value);
  }
  return std::to_chars(out, end, value).ptr;
}

std::string canonical_bound(double bound) {
  std::array<char, kMaxValueSize> text;
  if (!std::isfinite(bound)) return std::string(text.data(), write_special(text.data(), bound));
  char* const end =
      std::to_chars(text.data(), text.data() + text.size(), bound, go_format(bound)).ptr;
  std::string canonical(text.data(), end);
  if (canonical.find_first_of(".e") == std::string::npos) canonical += ".0";
  return canonical;
}

}  // namespace litewatch
