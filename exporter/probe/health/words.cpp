#include "probe/health/words.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.h"
#include "base/trimmed.h"

namespace litewatch {
namespace {

constexpr HealthStatus kPass = HealthStatus::kPass;
constexpr HealthStatus kWarn = HealthStatus::kWarn;
constexpr HealthStatus kFail = HealthStatus::kFail;

struct Word {
  std::string_view word;
  HealthStatus status;
  bool alone;  ///< see is_health_word()
};

constexpr std::array<Word, 27> kWords = {{
    {"pass", kPass, true},
    {"ok", kPass, true},
    {"up", kPass, true},
    {"healthy", kPass, true},
    {"true", kPass, false},
    {"1", kPass, false},
    {"green", kPass, false},
    {"working", kPass, false},
    {"available", kPass, false},
    {"serving", kPass, true},
    {"warn", kWarn, true},
    {"warning", kWarn, true},
    {"degraded", kWarn, true},
    {"partial", kWarn, false},
    {"partially available", kWarn, true},
    {"shutting_down", kWarn, true},
    {"maintenance", kWarn, true},
    {"fail", kFail, true},
    {"error", kFail, true},
    {"down", kFail, true},
    {"unhealthy", kFail, true},
    {"false", kFail, false},
    {"0", kFail, false},
    {"red", kFail, false},
    {"unavailable", kFail, true},
    {"out_of_service", kFail, true},
    {"not_serving", kFail, true},
}};

const Word* find_word(std::string_view word) {
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const Word& known) {
    return same_ignoring_case(known.word, word);
  });
  return found == kWords.end() ? nullptr : &*found;
}

std::optional<HealthStatus> find_extra(std::string_view word, const HealthWords& extra) {
  for (const auto& [known, status] : extra) {
    if (same_ignoring_case(known, word)) return status;
  }
  return std::nullopt;
}

std::string shortest(double number) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  return std::string(text.data(), end);
}

std::optional<HealthStatus> status_of_code(double code) {
  if (code >= 200 && code < 400) return kPass;
  if (code >= 400 && code < 600) return kFail;
  return std::nullopt;
}

int rank(HealthStatus status) {
  return status == HealthStatus::kUnknown ? -1 : static_cast<int>(status);
}

}  // namespace

std::optional<HealthStatus> status_of_word(std::string_view word, const HealthWords& extra) {
  word = trimmed(word);
  if (const auto status = find_extra(word, extra)) return status;
  const Word* const known = find_word(word);
  if (known == nullptr) return std::nullopt;
  return known->status;
}

bool is_health_word(std::string_view word, const HealthWords& extra) {
  word = trimmed(word);
  if (find_extra(word, extra)) return true;
  const Word* const known = find_word(word);
  return known != nullptr && known->alone;
}

std::optional<SaidStatus> said_status(const JsonValue& value, const HealthWords& extra) {
  SaidStatus said;
  switch (value.kind) {
    case JsonValue::Kind::kString:
      said.word = value.text;
      break;
    case JsonValue::Kind::kBool:
      said.word = value.boolean ? "true" : "false";
      break;
    case JsonValue::Kind::kNumber:
      said.word = shortest(value.number);
      break;
    default:
      return std::nullopt;
  }
  auto status = status_of_word(said.word, extra);
  if (!status && value.is_number()) status = status_of_code(value.number);
  said.status = status.value_or(HealthStatus::kUnknown);
  return said;
}

HealthStatus worse(HealthStatus a, HealthStatus b) { return rank(a) < rank(b) ? b : a; }

}  // namespace litewatch
