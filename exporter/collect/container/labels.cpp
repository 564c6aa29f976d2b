#include "collect/container/labels.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/path.h"

namespace litewatch {
namespace {

constexpr std::size_t kShortId = 12;

bool fits(const std::string& glob, const std::string& text) {
  return !text.empty() && ::fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

/// What stands in its path where no source tells its name.
std::string name_by_itself(const LiveContainer& live) {
  if (!live.identity.name.empty()) return live.identity.name;
  if (!live.process_name.empty()) return live.process_name;
  if (!live.identity.id.empty()) return live.identity.id.substr(0, kShortId);
  return std::string(name_part(live.path));
}

/// The downward API tells the pod, which a sidecar shares, and the container that litewatch is.
void add_own_names(const LiveContainer& live, const OwnNames& own, ContainerLabels& labels) {
  if (labels.pod.empty()) {
    labels.pod = own.pod;
    labels.namespace_name = own.namespace_name;
  }
  if (labels.container.empty() && live.path == "/") labels.container = own.container;
}

bool fits_rule(const ContainerRule& rule, const LiveContainer& live,
               const ContainerLabels& labels) {
  return fits(rule.match, labels.container) || fits(rule.match, ledger_key(labels)) ||
         fits(rule.match, live.identity.id) || fits(rule.match, live.path);
}

const ContainerRule* find_rule(const std::vector<ContainerRule>& rules, const LiveContainer& live,
                               const ContainerLabels& labels) {
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const ContainerRule& one) {
    return fits_rule(one, live, labels);
  });
  return rule == rules.end() ? nullptr : &*rule;
}

/// An app of the same name; "gitea.service" is called gitea.
std::string app_of_that_name(const std::vector<std::string>& apps, const LiveContainer& live,
                             std::string_view container) {
  constexpr std::string_view kService = ".service";
  if (live.identity.runtime == ContainerRuntime::kSystemd && container.ends_with(kService)) {
    container.remove_suffix(kService.size());
  }
  const auto app = std::find(apps.begin(), apps.end(), container);
  return app == apps.end() ? "" : *app;
}

/// cAdvisor's `name`: Docker's, in Kubernetes the id; services have none.
std::string cadvisor_name(const LiveContainer& live, const ContainerName* name,
                          const ContainerLabels& labels) {
  if (live.identity.runtime == ContainerRuntime::kSystemd) return "";
  if (name != nullptr && !name->name.empty()) return name->name;
  const bool kubernetes = !live.identity.pod_uid.empty() && !live.identity.id.empty();
  return kubernetes ? live.identity.id : labels.container;
}

}  // namespace

ContainerLabels label_container(const LiveContainer& live, const ContainerName* name,
                                std::string_view database_app, const ContainerSettings& settings,
                                ContainerView view) {
  ContainerLabels labels;
  labels.id = live.path;
  if (name != nullptr) {
    labels.container = name->container;
    labels.pod = name->pod;
    labels.namespace_name = name->namespace_name;
    labels.image = name->image;
    labels.rendered = name->labels;
  }
  if (view != ContainerView::kHost) add_own_names(live, settings.own, labels);
  if (labels.container.empty()) labels.container = name_by_itself(live);
  const ContainerRule* const rule = find_rule(settings.options.rules, live, labels);
  if (rule != nullptr && !rule->name.empty()) labels.container = rule->name;
  labels.name = cadvisor_name(live, name, labels);
  if (rule != nullptr) labels.app = rule->app;
  if (labels.app.empty()) labels.app = database_app;
  if (labels.app.empty()) {
    labels.app = app_of_that_name(settings.apps, live, labels.container);
  }
  return labels;
}

bool is_wanted(const LiveContainer& live, const ContainerLabels& labels,
               const ContainerOptions& options) {
  const auto any = [&](const std::vector<std::string>& globs) {
    return matches_any(globs, labels.container) || matches_any(globs, live.path, live.identity);
  };
  return (options.include.empty() || any(options.include)) && !any(options.exclude);
}

bool is_unnamed(const LiveContainer& live, const ContainerLabels& labels) {
  return !live.identity.id.empty() &&
         labels.container == std::string_view(live.identity.id).substr(0, kShortId);
}

std::string ledger_key(const ContainerLabels& labels) {
  return labels.namespace_name + "/" + labels.pod + "/" + labels.container;
}

}  // namespace litewatch
