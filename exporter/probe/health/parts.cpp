#include "probe/health/parts.h"

#include <algorithm>
#include <initializer_list>

#include "probe/health/time.h"

namespace litewatch {
namespace {

constexpr int kMaxDepth = 3;
constexpr std::size_t kMaxOutput = 256;

/// The first member that is there out of several spellings.
const JsonValue* find_any(const JsonValue& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const JsonValue* const value = object.find(key)) return value;
  }
  return nullptr;
}

const JsonValue* find_text(const JsonValue& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    const JsonValue* const value = object.find(key);
    if (value != nullptr && value->is_string() && !value->text.empty()) return value;
  }
  return nullptr;
}

std::optional<double> number_of(const JsonValue* value) {
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->number;
}

/// Spring's and Micronaut's diskSpace. Only the three together are surely bytes.
void read_disk_space(const JsonValue& details, HealthComponent* component, HealthBuilder& builder) {
  const auto total = number_of(details.find("total"));
  const auto free = number_of(details.find("free"));
  const auto threshold = number_of(details.find("threshold"));
  if (!total || !free || !threshold) return;
  builder.observe(component, "total", HealthUnit::kBytes, *total);
  builder.observe(component, "free", HealthUnit::kBytes, *free);
  builder.observe(component, "threshold", HealthUnit::kBytes, *threshold);
}

/// Whether an object's `details` are parts (Spring Boot 2.0) rather than particulars.
bool has_parts(const JsonValue& details) {
  return std::any_of(details.members.begin(), details.members.end(), [](const JsonMember& member) {
    return member.value.find("status") != nullptr;
  });
}

/// Walks through containers of one kind.
class PartReader {
 public:
  PartReader(Container kind, HealthBuilder& builder) : kind_(kind), builder_(builder) {}

  void read(const JsonValue& container, const std::string& prefix, int depth) {
    for (const JsonMember& member : container.members) {
      const JsonValue* const name =
          container.is_object() ? nullptr
                                : find_text(member.value, {"name", "id", "component", "key"});
      if (name != nullptr || container.is_object()) {
        read_part(member.value, prefix + (name != nullptr ? name->text : member.key), depth);
      } else {
        builder_.drop();
      }
    }
  }

 private:
  void read_part(const JsonValue& part, const std::string& path, int depth) {
    const auto said = part_status(part, builder_.words());
    if (is_part(part, said)) {
      HealthComponent* const component = builder_.add(path, "");
      builder_.set_status(component, said.value_or(SaidStatus{}));
      read_particulars(part, component, builder_);
    }
    read_inner(part, path, depth);
  }

  bool is_part(const JsonValue& part, const std::optional<SaidStatus>& said) const {
    if (kind_ == Container::kParts) return said || part.is_object();
    if (!said || part.is_number()) return false;
    return !part.is_string() || said->status != HealthStatus::kUnknown;
  }

  void read_inner(const JsonValue& part, const std::string& path, int depth) {
    const JsonValue* inner = find_any(part, {"components", "checks"});
    const JsonValue* const details = part.find("details");
    if (inner == nullptr && details != nullptr && has_parts(*details)) inner = details;
    if (inner == nullptr) return;
    if (depth < kMaxDepth) {
      read(*inner, path + "/", depth + 1);
    } else {
      builder_.drop(inner->members.size());
    }
  }

  const Container kind_;
  HealthBuilder& builder_;
};

}  // namespace

std::optional<SaidStatus> object_status(const JsonValue& object, const HealthWords& words) {
  for (const std::string_view key :
       {"status", "state", "outcome", "health", "healthy", "ok", "up", "alive"}) {
    const JsonValue* const value = object.find(key);
    if (value == nullptr) continue;
    if (const auto said = said_status(*value, words)) return said;
  }
  return std::nullopt;
}

std::optional<SaidStatus> part_status(const JsonValue& part, const HealthWords& words) {
  return part.is_object() ? object_status(part, words) : said_status(part, words);
}

void read_summary(const JsonValue& root, HealthBuilder& builder) {
  if (const auto said = object_status(root, builder.words())) builder.say(*said);
  const JsonValue* version = find_text(root, {"version"});
  const JsonValue* const component = root.find("component");  // hellofresh/health-go
  if (version == nullptr && component != nullptr) version = find_text(*component, {"version"});
  if (version != nullptr) builder.set_version(version->text);
  const JsonValue* const release = find_text(root, {"releaseId", "release_id", "commit", "build"});
  if (release != nullptr) builder.set_release_id(release->text);
  const JsonValue* const duration = find_text(root, {"totalDuration", "duration"});
  if (duration == nullptr) return;
  if (const auto duration_s = parse_timespan_s(duration->text)) builder.set_duration_s(*duration_s);
}

void read_particulars(const JsonValue& object, HealthComponent* component, HealthBuilder& builder) {
  if (component == nullptr || !object.is_object()) return;
  const JsonValue* output =
      find_text(object, {"output", "error", "exception", "message", "description"});
  const JsonValue* const details = object.find("details");
  if (output == nullptr && details != nullptr) output = find_text(*details, {"error", "message"});
  if (output != nullptr) component->output = shown_text(output->text, kMaxOutput);
  if (const JsonValue* const time = find_text(object, {"time", "timestamp"})) {
    component->checked_unix_s = parse_iso8601_s(time->text);
  }
  if (const JsonValue* const duration = find_text(object, {"duration"})) {
    if (const auto duration_s = parse_timespan_s(duration->text)) {
      builder.observe(component, "duration", HealthUnit::kSeconds, *duration_s);
    }
  }
  read_disk_space(details != nullptr ? *details : object, component, builder);
}

void read_parts(const JsonValue& container, Container kind, HealthBuilder& builder) {
  PartReader(kind, builder).read(container, "", 1);
}

}  // namespace litewatch
