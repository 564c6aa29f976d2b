#include "tool/import_module.h"

#include <algorithm>

#include "config/load.h"
#include "config/problems.h"

namespace litewatch {
namespace {

/// The sections of a module, by prober. Of the others litewatch has none.
constexpr std::string_view kSections[] = {"http", "tcp",  "unix",     "icmp",
                                          "dns",  "grpc", "websocket"};

void drop_other_sections(ImportNode& module, const std::string& prober) {
  for (const std::string_view section : kSections) {
    const ImportNode* found = section == prober ? nullptr : module.find(section);
    if (found == nullptr) continue;
    module.comment = "The section " + std::string(section) + " had no effect and is left out.";
    module.erase(section);
  }
}

/// The section of a prober, made where there is none.
ImportNode& section_of(ImportNode& module, const std::string& prober) {
  if (module.find(prober) == nullptr) module.children.push_back(ImportNode::map(prober, {}));
  return *module.find(prober);
}

void import_parts(ImportNode& module, ImportContext& context) {
  const std::string prober = module.text_of("prober");
  drop_other_sections(module, prober);
  context.drop_unknown(module, {"prober", "timeout", prober});
  if (prober == "http") {
    import_http(section_of(module, prober), context);
  } else if (prober == "tcp" || prober == "unix") {
    if (ImportNode* section = module.find(prober)) import_tcp(*section, context);
  } else if (prober.empty()) {
    context.leave_out("it has no prober");
  } else {
    context.leave_out("litewatch has no prober " + in_quotes(prober));
  }
}

/// What our own reading finds wrong, without the places, which are not the reader's.
std::string problems_of(const ImportNode& module) {
  std::string text = "modules:\n";
  print_children(ImportNode::map("", {module}), 2, text);
  constexpr std::string_view kFile = "x";
  const auto config = parse_config(text, std::string(kFile));
  if (config) return "";
  std::string problems;
  std::string_view rest = config.error().what;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t place = line.find(": ");
    if (line.starts_with("x:") && place != line.npos) line.remove_prefix(place + 2);
    problems.append(problems.empty() ? "" : "; ").append(line);
  }
  return problems;
}

}  // namespace

void ImportContext::move_to_file(ImportNode& map, std::string_view name,
                                 const std::string& file_key) {
  ImportNode* node = map.find(name);
  if (node == nullptr) return;
  ImportNode file = file_for(map.key + "." + std::string(name), *node);
  file.key = file_key;
  map.erase(file_key);
  *map.find(name) = std::move(file);
}

ImportNode ImportContext::file_for(std::string_view what, const ImportNode& secret) {
  const std::string& text = secret.text;
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  if (secret.kind != YamlNode::Kind::kScalar) {
    leave_out(std::string(what) + " is not a text");
  } else if (!text.empty() && (is_blank(text.front()) || is_blank(text.back()))) {
    lose("the blanks around " + std::string(what) + ", which a file cannot hold");
  }
  ImportNode file = ImportNode::scalar("", secrets.keep(module.node.key, what, text));
  if (!secrets.has_folder()) {
    file.comment = "To be filled in: put the secret into this file, readable for litewatch alone.";
    module.left_to_people.push_back(std::string(what) + " into " + file.text);
  }
  return file;
}

void ImportContext::drop_unknown(ImportNode& map, const std::vector<std::string_view>& known) {
  std::erase_if(map.children, [&](const ImportNode& child) {
    const bool unknown = std::ranges::find(known, child.key) == known.end();
    if (unknown) lose("the key " + in_quotes(child.key) + " is not known");
    return unknown;
  });
}

void import_tcp(ImportNode& tcp, ImportContext& context) {
  context.drop_unknown(tcp, {"preferred_ip_protocol", "ip_protocol_fallback", "source_ip_address",
                             "query_response", "tls", "tls_config"});
  if (ImportNode* steps = tcp.find("query_response")) {
    for (ImportNode& step : steps->children) {
      if (step.find("labels") == nullptr) continue;
      step.erase("labels");
      step.comment = "Its labels are left out: labels do not come from what servers say.";
      context.lose("labels of query_response");
    }
  }
  import_tls(tcp, context);
}

ImportedModule import_module(ImportNode node, ImportSecrets& secrets) {
  ImportedModule module;
  module.node = std::move(node);
  const std::size_t secrets_before = secrets.count();
  ImportContext context{secrets, module};
  if (!module.node.is_map()) {
    context.leave_out("it is not a map");
  } else {
    import_values(module.node);
    import_parts(module.node, context);
  }
  if (!module.left_out) {
    const std::string problems = problems_of(module.node);
    if (!problems.empty()) context.leave_out(problems);
  }
  if (module.left_out) secrets.drop_from(secrets_before);
  return module;
}

}  // namespace litewatch
