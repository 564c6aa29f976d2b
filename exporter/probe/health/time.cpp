#include "probe/health/time.h"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <system_error>

namespace litewatch {
namespace {

/// Takes pieces off the front of a text; once one is missing, all that follow are.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }
  bool next_is(char c) const { return !rest_.empty() && rest_.front() == c; }

  /// Exactly that many digits.
  int digits(std::size_t count) {
    int value = 0;
    if (rest_.size() < count) ok_ = false;
    for (std::size_t i = 0; ok_ && i < count; ++i) {
      if (!is_digit(rest_[i])) ok_ = false;
      value = value * 10 + (rest_[i] - '0');
    }
    if (!ok_) return 0;
    rest_.remove_prefix(count);
    return value;
  }

  /// A character out of `any`; returns it.
  char one_of(std::string_view any) {
    if (!ok_ || rest_.empty() || any.find(rest_.front()) == std::string_view::npos) {
      ok_ = false;
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  bool skip(char c) {
    if (!ok_ || !next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// ".125", or nothing: 0.
  double fraction() {
    if (!skip('.')) return 0;
    std::size_t size = 0;
    double value = 0;
    double place = 1;
    for (; size < rest_.size() && is_digit(rest_[size]); ++size) {
      place /= 10;
      value += (rest_[size] - '0') * place;
    }
    ok_ = ok_ && size > 0;
    rest_.remove_prefix(size);
    return value;
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view rest_;
  bool ok_ = true;
};

/// "Z", "+01", "+01:00" or "+0100", in seconds.
std::optional<int> scan_zone_s(Scanner& scan) {
  const char sign = scan.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return 0;
  const int hours = scan.digits(2);
  int minutes = 0;
  if (scan.skip(':') || !scan.at_end()) minutes = scan.digits(2);
  if (!scan.ok() || hours > 23 || minutes > 59) return std::nullopt;
  const int offset_s = hours * 3600 + minutes * 60;
  return sign == '-' ? -offset_s : offset_s;
}

std::optional<std::chrono::sys_days> scan_date(Scanner& scan) {
  const int year = scan.digits(4);
  scan.one_of("-");
  const int month = scan.digits(2);
  scan.one_of("-");
  const int day = scan.digits(2);
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!scan.ok() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

/// "hh:mm:ss[.f]", in seconds; a leap second is the 60th.
std::optional<double> scan_clock_s(Scanner& scan) {
  const int hours = scan.digits(2);
  scan.one_of(":");
  const int minutes = scan.digits(2);
  scan.one_of(":");
  const int seconds = scan.digits(2);
  const double fraction = scan.fraction();
  if (!scan.ok() || hours > 23 || minutes > 59 || seconds > 60) return std::nullopt;
  return hours * 3600 + minutes * 60 + seconds + fraction;
}

}  // namespace

std::optional<double> parse_iso8601_s(std::string_view text) {
  Scanner scan(text);
  const auto date = scan_date(scan);
  scan.one_of("Tt ");
  const auto clock_s = scan_clock_s(scan);
  const auto zone_s = scan_zone_s(scan);
  if (!date || !clock_s || !zone_s || !scan.at_end()) return std::nullopt;
  const double unix_s =
      static_cast<double>(date->time_since_epoch().count()) * 86400 + *clock_s - *zone_s;
  if (unix_s < 0) return std::nullopt;
  return unix_s;
}

std::optional<double> parse_timespan_s(std::string_view text) {
  double days = 0;
  const std::size_t dot = text.find('.');
  if (dot < text.find(':')) {
    unsigned whole = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + dot, whole);
    if (error != std::errc() || end != text.data() + dot) return std::nullopt;
    days = whole;
    text.remove_prefix(dot + 1);
  }
  Scanner scan(text);
  const auto clock_s = scan_clock_s(scan);
  if (!clock_s || !scan.at_end()) return std::nullopt;
  return days * 86400 + *clock_s;
}

}  // namespace litewatch
