// Any bytes are a list of containers, a container's details, or malformed; what is in them keeps to
// its limits, and becomes a label that the page can bear. The first byte says which of the two.
#include <cmath>
#include <string>

#include "collect/container/name_labels.h"
#include "fuzz.h"
#include "probe/docker.h"

using namespace litewatch;

namespace {

void require_text(const std::string& text) { require(text.size() <= kMaxDockerText); }

void require_health(const std::string& health) {
  require(health.empty() || health == "starting" || health == "healthy" || health == "unhealthy");
}

void require_rendered(const std::string& labels) {
  require(labels.empty() || (labels.starts_with("container_label_") && labels.ends_with('"')));
  require(labels.find('\n') == std::string::npos);
}

void require_container(const DockerContainer& container) {
  require(container.id.size() == 64);
  require(container.id.find_first_not_of("0123456789abcdef") == std::string::npos);
  require_text(container.name);
  require_text(container.image);
  require_text(container.state);
  require_health(container.health);
  for (const auto& [label, value] : container.labels) require_text(value);
  const ContainerName name = name_of_docker(container, {"*"});
  require_rendered(name.labels);
  require(!name.sandbox || name.container.empty());
  require(!name.sandbox || !name.pod.empty());
}

void fuzz_list(std::string_view json) {
  const auto list = parse_docker_list(json);
  if (!list) return require(list.error().kind == ErrorKind::kMalformed);
  require(list->size() <= json.size() / 64);
  for (const DockerContainer& container : *list) require_container(container);
}

void fuzz_details(std::string_view json) {
  const auto details = parse_docker_details(json);
  if (!details) return require(details.error().kind == ErrorKind::kMalformed);
  require(details->pid >= 0);
  require(!details->started_unix_s ||
          (std::isfinite(*details->started_unix_s) && *details->started_unix_s >= 0));
  require_health(details->health);
  require_text(details->name);
  require_text(details->image);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view json = text_of(data, size).substr(1);
  data[0] % 2 == 0 ? fuzz_list(json) : fuzz_details(json);
  return 0;
}
