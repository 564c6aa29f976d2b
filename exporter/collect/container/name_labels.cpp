#include "collect/container/name_labels.h"

#include <algorithm>

#include "publish/escape.h"

namespace litewatch {
namespace {

bool is_allowed(std::string_view label, const std::vector<std::string>& allowed) {
  return std::any_of(allowed.begin(), allowed.end(), [label](std::string_view pattern) {
    if (!pattern.ends_with('*')) return label == pattern;
    pattern.remove_suffix(1);
    return label.starts_with(pattern);
  });
}

std::string label_name(std::string_view label) {
  std::string name = "container_label_";
  for (const char c : label) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    name += fits ? c : '_';
  }
  return name;
}

void fill(std::string& into, const std::string& from) {
  if (into.empty()) into = from;
}

std::string label_of(const DockerContainer& container, const std::string& name) {
  const auto found = container.labels.find(name);
  return found != container.labels.end() ? found->second : "";
}

/// The labels of dockershim and cri-dockerd. Source: kubelet, docker_service.go.
void take_kubernetes_labels(const DockerContainer& container, ContainerName& name) {
  name.pod = label_of(container, "io.kubernetes.pod.name");
  if (name.pod.empty()) return;
  name.namespace_name = label_of(container, "io.kubernetes.pod.namespace");
  name.container = label_of(container, "io.kubernetes.container.name");
  name.name = container.id;
  name.sandbox =
      label_of(container, "io.kubernetes.docker.type") == "podsandbox" || name.container == "POD";
  if (name.sandbox) name.container.clear();
}

}  // namespace

void add_name(ContainerName& into, const ContainerName& from) {
  // That a container is the sandbox the logs only infer.
  if (into.container.empty() && !from.pod.empty()) into.sandbox = from.sandbox;
  const bool sandbox = into.sandbox;
  if (!sandbox) fill(into.container, from.container);
  fill(into.pod, from.pod);
  fill(into.namespace_name, from.namespace_name);
  fill(into.name, from.name);
  fill(into.image, from.image);
  fill(into.labels, from.labels);
  fill(into.health, from.health);
  if (into.pid == 0 && !into.started_unix_s && !into.oom_killed) {
    into.instance = from.instance;
    into.pid = from.pid;
    into.started_unix_s = from.started_unix_s;
    into.oom_killed = from.oom_killed;
  }
}

std::string render_container_labels(const std::map<std::string, std::string>& labels,
                                    const std::vector<std::string>& allowed) {
  std::map<std::string, std::string_view> chosen;
  for (const auto& [label, value] : labels) {
    if (is_allowed(label, allowed)) chosen.emplace(label_name(label), value);
  }
  std::string rendered;
  for (const auto& [name, value] : chosen) append_label(rendered, name, value);
  return rendered;
}

ContainerName name_of_docker(const DockerContainer& container,
                             const std::vector<std::string>& allowed) {
  ContainerName name;
  name.container = container.name;
  name.name = container.name;
  name.image = container.image;
  name.health = container.health;
  name.labels = render_container_labels(container.labels, allowed);
  take_kubernetes_labels(container, name);
  return name;
}

}  // namespace litewatch
