#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace litewatch {

/// A matcher of a route or an inhibition: `severity=~"warning|info"`.
struct RouteMatcher {
  std::string label;
  std::string op;  ///< =, !=, =~ or !~
  std::string value;
};

struct Route {
  std::string receiver;                ///< empty: the parent's
  std::vector<RouteMatcher> matchers;  ///< all have to match
  std::vector<std::string> group_by;   ///< empty: the parent's
  bool goes_on = false;                ///< `continue`
  std::vector<Route> routes;
  int line = 0;
};

/// An alert that matches `target` is silent while one that matches `source` fires and both have
/// the same values of the labels `equal`.
struct Inhibition {
  std::vector<RouteMatcher> source;
  std::vector<RouteMatcher> target;
  std::vector<std::string> equal;
  int line = 0;
};

/// A receiver's definition.
struct Receiver {
  std::string name;
  int line = 0;
};

/// What the checks need of an Alertmanager configuration. Source: Alertmanager 0.25,
/// docs/configuration.
struct AlertRouting {
  std::string path;
  std::vector<Receiver> receivers;
  Route root;
  std::vector<Inhibition> inhibitions;
};

/// Reads the routing strictly as to what it needs; other keys are amtool's business.
Result<AlertRouting> parse_routing(std::string_view text, const std::string& path);

}  // namespace litewatch
