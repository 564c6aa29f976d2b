#include "base/parse.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

namespace litewatch {
namespace {

template <class T>
std::optional<T> parse_whole(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Splits "12.5MiB" into the number and the rest. nullopt where no number leads.
std::optional<std::pair<double, std::string_view>> leading_number(std::string_view text) {
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc() || text[0] == '-' || !std::isfinite(value)) return std::nullopt;
  return std::pair(value, text.substr(static_cast<std::size_t>(end - text.data())));
}

std::string format(const char* pattern, double value, const char* unit) {
  std::array<char, 48> text;
  std::snprintf(text.data(), text.size(), pattern, value, unit);
  return text.data();
}

std::string two_units(double seconds, double unit_s, const char* unit, double sub_s,
                      const char* sub) {
  const auto whole = std::floor(seconds / unit_s);
  const auto rest = std::floor((seconds - whole * unit_s) / sub_s);
  std::string text = format("%.0f %s", whole, unit);
  if (rest >= 1) text += " " + format("%.0f %s", rest, sub);
  return text;
}

}  // namespace

std::optional<std::uint64_t> parse_u64(std::string_view text) {
  return parse_whole<std::uint64_t>(text);
}

std::optional<double> parse_double(std::string_view text) {
  const auto value = parse_whole<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::optional<double> parse_duration_s(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 5> kUnits = {
      {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
  if (text == "0") return 0.0;
  if (text.empty()) return std::nullopt;
  double total_s = 0;
  while (!text.empty()) {
    const auto number = leading_number(text);
    if (!number) return std::nullopt;
    auto [value, rest] = *number;
    bool found = false;
    for (const auto& [unit, unit_s] : kUnits) {
      if (!rest.starts_with(unit)) continue;
      total_s += value * unit_s;
      text = rest.substr(unit.size());
      found = true;
      break;
    }
    if (!found) return std::nullopt;
  }
  return total_s;
}

std::optional<std::uint64_t> parse_size_bytes(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, double>, 10> kUnits = {
      {{"", 1},
       {"B", 1},
       {"KiB", 1024.0},
       {"MiB", 1024.0 * 1024},
       {"GiB", 1024.0 * 1024 * 1024},
       {"TiB", 1024.0 * 1024 * 1024 * 1024},
       {"kB", 1e3},
       {"MB", 1e6},
       {"GB", 1e9},
       {"TB", 1e12}}};
  const auto number = leading_number(text);
  if (!number) return std::nullopt;
  for (const auto& [unit, factor] : kUnits) {
    if (number->second != unit) continue;
    const double bytes = number->first * factor;
    if (!(bytes < 9223372036854775808.0)) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
  }
  return std::nullopt;
}

std::string counted(std::uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string human_bytes(double bytes) {
  static constexpr std::array<const char*, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (std::fabs(bytes) >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return format(unit == 0 || std::fabs(bytes) >= 100 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
}

std::string human_duration(double seconds) {
  if (seconds < 0.001) return "0 s";
  if (seconds < 1) return format("%.0f %s", seconds * 1000, "ms");
  if (seconds < 10) return format("%.1f %s", seconds, "s");
  if (seconds < 60) return format("%.0f %s", std::floor(seconds), "s");
  if (seconds < 3600) return two_units(seconds, 60, "min", 1, "s");
  if (seconds < 86400) return two_units(seconds, 3600, "h", 60, "min");
  return two_units(seconds, 86400, "d", 3600, "h");
}

}  // namespace litewatch
