#include "probe/health.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/trimmed.h"
#include "probe/health/formats.h"

namespace litewatch {
namespace {

constexpr std::size_t kMaxDocument = 256 << 10;

constexpr std::array<std::string_view, 4> kStatusWords = {"pass", "warn", "fail", "unknown"};

constexpr std::array<std::string_view, 15> kFormatWords = {
    "none",       "auto",         "draft",      "spring",      "aspnet",
    "terminus",   "microprofile", "pocketbase", "vaultwarden", "grafana",
    "kubernetes", "rails",        "flat",       "text",        "pointer"};

/// Without a byte order mark and white space around it.
std::string_view bare(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return trimmed(text);
}

/// "application/json; charset=utf-8", "application/health+json"
bool is_json_type(std::string_view content_type) {
  const std::string_view type = bare(content_type.substr(0, content_type.find(';')));
  constexpr std::size_t kSize = 5;
  if (type.size() < kSize) return false;
  const std::string_view end = type.substr(type.size() - kSize);
  return same_ignoring_case(end, "/json") || same_ignoring_case(end, "+json");
}

bool looks_like_json(std::string_view text) {
  return text.starts_with('{') || text.starts_with('[') || text.starts_with('"');
}

HealthDocument invalid(HealthFormat format, std::string problem) {
  HealthDocument document;
  document.format = format;
  document.problem = std::move(problem);
  return document;
}

/// What a document of a format has to have, for people.
std::string_view essence(HealthFormat format) {
  switch (format) {
    case HealthFormat::kDraft:
    case HealthFormat::kMicroProfile:
      return "no status and no checks";
    case HealthFormat::kSpring:
      return "no status and no components";
    case HealthFormat::kAspNet:
      return "no status and no entries";
    case HealthFormat::kTerminus:
      return "no status and no details";
    case HealthFormat::kPocketBase:
      return "no code";
    case HealthFormat::kVaultwarden:
      return "no timestamp";
    case HealthFormat::kGrafana:
      return "no database";
    default:
      return "no status";
  }
}

void read_json(HealthFormat format, const JsonValue& root, HealthBuilder& builder) {
  switch (format) {
    case HealthFormat::kDraft:
      return read_draft(root, builder);
    case HealthFormat::kSpring:
      return read_spring(root, builder);
    case HealthFormat::kAspNet:
      return read_aspnet(root, builder);
    case HealthFormat::kTerminus:
      return read_terminus(root, builder);
    case HealthFormat::kMicroProfile:
      return read_microprofile(root, builder);
    case HealthFormat::kPocketBase:
      return read_pocketbase(root, builder);
    case HealthFormat::kVaultwarden:
      return read_vaultwarden(root, builder);
    case HealthFormat::kGrafana:
      return read_grafana(root, builder);
    default:
      if (root.is_string()) {
        read_word(root.text, builder);
      } else {
        read_flat(root, builder);
      }
  }
}

HealthDocument read_tree(HealthFormat format, const JsonDocument& json,
                         const HealthOptions& options) {
  HealthBuilder builder(format, options);
  builder.drop(json.left_out);
  if (format == HealthFormat::kPointer) {
    std::string problem = read_pointer(json.root, options.pointer, builder);
    return problem.empty() ? builder.finish() : invalid(format, std::move(problem));
  }
  read_json(format, json.root, builder);
  if (builder.said() || builder.has_components()) return builder.finish();
  return invalid(format, std::string(essence(format)) + " in the document");
}

/// Frameworks that answer with one word unless they are told to write JSON.
bool may_be_word(HealthFormat format) {
  return format == HealthFormat::kAspNet || format == HealthFormat::kFlat ||
         format == HealthFormat::kText || format == HealthFormat::kRails;
}

std::optional<HealthDocument> read_text(HealthFormat format, std::string_view text,
                                        const HealthOptions& options) {
  HealthBuilder builder(format, options);
  if (format == HealthFormat::kKubernetes && read_kubernetes(text, builder)) {
    return builder.finish();
  }
  if (format == HealthFormat::kRails && read_rails(text, builder)) return builder.finish();
  if (may_be_word(format) && !looks_like_json(text) && read_word(text, builder)) {
    return builder.finish();
  }
  return std::nullopt;
}

std::string_view text_problem(HealthFormat format) {
  switch (format) {
    case HealthFormat::kKubernetes:
      return "no line begins with [+] or [-]";
    case HealthFormat::kRails:
      return "the page has neither a green nor a red background";
    default:
      return "the text is more than one word";
  }
}

bool is_text_format(HealthFormat format) {
  return format == HealthFormat::kKubernetes || format == HealthFormat::kText;
}

HealthDocument read_as(HealthFormat format, std::string_view text, const HealthOptions& options) {
  if (text.empty()) return invalid(format, "the answer is empty");
  if (text.size() > kMaxDocument) return invalid(format, "the document is over 256 KiB");
  if (auto document = read_text(format, text, options)) return std::move(*document);
  const bool page = format == HealthFormat::kRails && !looks_like_json(text);
  if ((is_text_format(format) && !text.starts_with('"')) || page) {
    return invalid(format, std::string(text_problem(format)));
  }
  const auto json = parse_json(text);
  if (!json) return invalid(format, json.error().what);
  return read_tree(format, *json, options);
}

/// A document of a shape is only taken for one where something in it is about health.
std::optional<HealthDocument> detect_json(std::string_view text, bool expected,
                                          const HealthOptions& options) {
  const auto json = parse_json(text);
  if (!json) {
    if (!expected) return std::nullopt;
    return invalid(HealthFormat::kAuto, json.error().what);
  }
  const auto format = detect_health_format(json->root, options.pointer.words);
  if (!format) return std::nullopt;
  HealthDocument document = read_tree(*format, *json, options);
  const bool known = document.status != HealthStatus::kUnknown || !document.word.empty();
  if (!document.valid || !known) return std::nullopt;
  return document;
}

bool begins_like(HealthFormat format, std::string_view text) {
  if (format == HealthFormat::kRails) return text.starts_with('<');
  return text.starts_with("[+]") || text.starts_with("[-]");
}

std::optional<HealthDocument> detect(std::string_view text, std::string_view content_type,
                                     const HealthOptions& options) {
  // A longer body may have been cut off, and is about something else.
  if (text.empty() || text.size() >= kMaxDocument) return std::nullopt;
  for (const HealthFormat format : {HealthFormat::kKubernetes, HealthFormat::kRails}) {
    if (!begins_like(format, text)) continue;
    if (auto document = read_text(format, text, options)) return document;
  }
  if (is_health_word(text, options.pointer.words)) {
    return read_text(HealthFormat::kText, text, options);
  }
  const bool expected = is_json_type(content_type);
  if (!expected && !looks_like_json(text)) return std::nullopt;
  return detect_json(text, expected, options);
}

}  // namespace

std::string_view to_string(HealthStatus status) {
  return kStatusWords[static_cast<std::size_t>(status)];
}

std::string_view to_string(HealthFormat format) {
  return kFormatWords[static_cast<std::size_t>(format)];
}

std::optional<HealthFormat> parse_health_format(std::string_view word) {
  const auto found = std::find(kFormatWords.begin(), kFormatWords.end(), word);
  if (found == kFormatWords.end()) return std::nullopt;
  return static_cast<HealthFormat>(found - kFormatWords.begin());
}

std::optional<HealthDocument> parse_health(std::string_view body, std::string_view content_type,
                                           const HealthOptions& options) {
  if (options.format == HealthFormat::kNone) return std::nullopt;
  const std::string_view text = bare(body);
  if (options.format == HealthFormat::kAuto) return detect(text, content_type, options);
  return read_as(options.format, text, options);
}

bool health_mismatch(const HealthDocument& document, int http_status) {
  if (!document.valid) return false;
  const bool good = http_status >= 200 && http_status < 400;
  const bool bad = http_status >= 400 && http_status < 600;
  return (document.status == HealthStatus::kFail && good) ||
         (document.status == HealthStatus::kPass && bad);
}

}  // namespace litewatch
