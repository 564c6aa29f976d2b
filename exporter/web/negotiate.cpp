#include "web/negotiate.h"

#include <cstddef>
#include <optional>

#include "base/ascii.h"
#include "base/parse.h"
#include "web/text.h"

namespace litewatch {
namespace {

/// One element of an Accept or Accept-Encoding list.
struct Choice {
  std::string_view name;
  std::string_view version;
  double weight = 1;
};

std::string_view unquote(std::string_view text) {
  const bool quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return quoted ? text.substr(1, text.size() - 2) : text;
}

/// nullopt where the weight is none.
std::optional<Choice> read_choice(std::string_view text) {
  Choice choice{trim(take_until(text, ";")), {}, 1};
  while (!text.empty()) {
    auto value = take_until(text, ";");
    const auto name = trim(take_until(value, "="));
    value = trim(value);
    if (same_ignoring_case(name, "version")) choice.version = unquote(value);
    if (!same_ignoring_case(name, "q")) continue;
    const auto weight = parse_double(value);
    if (!weight || *weight < 0 || *weight > 1) return std::nullopt;
    choice.weight = *weight;
  }
  return choice;
}

/// A weight with the place it was given at: the higher weight wins, then what comes first.
struct Wish {
  int specificity = -1;  ///< -1: nobody asked; 0: by wildcard; more: closer to the name
  double weight = 0;
  std::size_t place = 0;

  /// The most specific range that covers a thing decides about it (RFC 9110, 12.5.1).
  void hear(int new_specificity, double new_weight, std::size_t new_place) {
    const bool stronger =
        new_specificity > specificity || (new_specificity == specificity && new_weight > weight);
    if (stronger) *this = {new_specificity, new_weight, new_place};
  }
};

bool is_open_metrics(const Choice& choice) {
  return same_ignoring_case(choice.name, "application/openmetrics-text") &&
         (choice.version.empty() || choice.version == "1.0.0" || choice.version == "0.0.1");
}

int text_specificity(const Choice& choice) {
  if (same_ignoring_case(choice.name, "text/plain")) {
    return choice.version.empty() || choice.version == "0.0.4" ? 2 : -1;
  }
  if (same_ignoring_case(choice.name, "text/*")) return 1;
  return choice.name == "*/*" ? 0 : -1;
}

bool prefer_open_metrics(const Wish& open_metrics, const Wish& text) {
  if (open_metrics.weight <= 0) return false;
  if (open_metrics.weight != text.weight) return open_metrics.weight > text.weight;
  return text.specificity < 2 || open_metrics.place < text.place;
}

}  // namespace

Format negotiate_format(std::string_view accept) {
  Wish open_metrics;
  Wish text;
  for (std::size_t place = 0; !accept.empty(); ++place) {
    const auto choice = read_choice(trim(take_until(accept, ",")));
    if (!choice) return Format::kText;
    if (is_open_metrics(*choice)) open_metrics.hear(2, choice->weight, place);
    if (const int specificity = text_specificity(*choice); specificity >= 0) {
      text.hear(specificity, choice->weight, place);
    }
  }
  return prefer_open_metrics(open_metrics, text) ? Format::kOpenMetrics : Format::kText;
}

bool accepts_gzip(std::string_view accept_encoding) {
  Wish gzip;
  Wish identity;
  for (std::size_t place = 0; !accept_encoding.empty(); ++place) {
    const auto choice = read_choice(trim(take_until(accept_encoding, ",")));
    if (!choice) return false;
    const bool named =
        same_ignoring_case(choice->name, "gzip") || same_ignoring_case(choice->name, "x-gzip");
    if (named || choice->name == "*") gzip.hear(named ? 1 : 0, choice->weight, place);
    if (same_ignoring_case(choice->name, "identity")) identity.hear(1, choice->weight, place);
  }
  return gzip.weight > 0 && gzip.weight >= identity.weight;
}

}  // namespace litewatch
