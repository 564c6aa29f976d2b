#include <string>
#include <string_view>

#include "collect/probe_page.h"

namespace litewatch {
namespace {

/// Appends text from outside: its control characters would play with a person's terminal.
void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F ? '?' : c;
  }
}

void append_line(std::string& out, std::string_view title, std::string_view text) {
  if (text.empty()) return;
  out.append(title).append(": ");
  append_text(out, text);
  out += '\n';
}

void append_verdict(std::string& out, const ProbeResult& result) {
  out += result.success ? "success\n" : "failure\n";
  append_line(out, "reason", to_string(result.reason));
  append_line(out, "detail", result.detail);
  append_line(out, "module", result.module);
  append_line(out, "address", result.address);
  append_line(out, "final url", result.final_url);
}

void append_health(std::string& out, const HealthDocument& health) {
  append_line(out, "format", to_string(health.format));
  append_line(out, "status", to_string(health.status));
  append_line(out, "says", health.word);
  append_line(out, "problem", health.problem);
  append_line(out, "version", health.version);
  for (const HealthComponent& component : health.components) {
    out.append(component.name);
    if (!component.node.empty()) out.append(" [").append(component.node).append("]");
    out.append(": ").append(to_string(component.status));
    if (!component.output.empty()) {
      out += ", ";
      append_text(out, component.output);
    }
    out += '\n';
  }
}

void append_title(std::string& out, std::string_view title) {
  if (!out.empty()) out += '\n';
  out.append(title).append(":\n");
}

}  // namespace

std::string probe_debug_text(const ProbeResult& result, const Page& page,
                             const std::string& module_yaml) {
  std::string out;
  append_title(out, "Log of the probe");
  for (const std::string& line : result.log) {
    append_text(out, line);
    out += '\n';
  }
  append_title(out, "Verdict");
  append_verdict(out, result);
  if (result.health) {
    append_title(out, "Health document");
    append_health(out, *result.health);
  }
  if (!result.excerpt.empty()) {
    append_title(out, "Beginning of the answer");
    append_text(out, result.excerpt);
    out += '\n';
  }
  append_title(out, "Metrics that would have been returned");
  out += page.body(Format::kText);
  append_title(out, "Module configuration");
  out += module_yaml;
  return out;
}

}  // namespace litewatch
