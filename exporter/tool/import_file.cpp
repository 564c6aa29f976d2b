#include "tool/import_file.h"

#include "config/problems.h"
#include "tool/import_module.h"

namespace litewatch {
namespace {

constexpr const char* kHeader =
    "Written by `litetool import` from a configuration of blackbox_exporter. The modules do what "
    "they did, but for what the comments say and for these: redirects from https to http are not "
    "followed (redirects.allow_downgrade), and credentials go to the target's own origin only; "
    "without "
    "body_size_limit, 256 KiB of a body are read; link-local and cloud metadata addresses are "
    "refused (probes.allow_link_local); the User-Agent is litewatch's. Mode any lets a redirect "
    "lead "
    "anywhere, into the inner network as well.";

void add_module(ImportedModule module, ImportedFile& out) {
  const std::string name = in_quotes(module.node.key);
  for (const std::string& what : module.lost) {
    out.messages.push_back(name + ": not carried over: " + what);
  }
  if (module.left_out) {
    ++out.left_out;
    out.messages.push_back(name + ": left out: " + *module.left_out);
    out.yaml += '\n';
    return print_comment("The module " + name + " is left out: " + *module.left_out, 2, out.yaml);
  }
  ++out.carried;
  for (const std::string& what : module.left_to_people) {
    out.messages.push_back(name + ": put " + what + ", or import with --secrets-dir");
  }
  out.yaml += '\n';
  print_children(ImportNode::map("", {std::move(module.node)}), 2, out.yaml);
}

Result<ImportedFile> import_document(const ImportNode& root, const std::string& file,
                                     ImportSecrets& secrets) {
  const ImportNode* modules = root.find("modules");
  const bool is_blackbox = modules != nullptr && modules->is_map();
  if (!is_blackbox) {
    return Error{ErrorKind::kMalformed, "expected a map of modules, as in blackbox.yml", file, 0};
  }
  ImportedFile out;
  for (const ImportNode& child : root.children) {
    if (child.key != "modules") out.messages.push_back(in_quotes(child.key) + ": not a known key");
  }
  for (const ImportNode& module : modules->children) {
    add_module(import_module(module, secrets), out);
  }
  std::string header;
  print_comment(kHeader, 0, header);
  out.yaml = header + (out.carried > 0 ? "modules:\n" : "modules: {}\n") + out.yaml;
  return out;
}

}  // namespace

Result<ImportedFile> import_blackbox(std::string_view text, const std::string& file,
                                     ImportSecrets& secrets) {
  const auto yaml = parse_yaml(text, file);
  if (!yaml) return yaml.error();
  const auto root = import_tree(*yaml, file);
  if (!root) return root.error();
  return import_document(*root, file, secrets);
}

}  // namespace litewatch
