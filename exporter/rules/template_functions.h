#pragma once

#include <string_view>

namespace litewatch {

/// Whether templates have a function or a keyword of that name. Source: Go, text/template;
/// Prometheus, template/template.go.
bool is_template_function(std::string_view name);

}  // namespace litewatch
