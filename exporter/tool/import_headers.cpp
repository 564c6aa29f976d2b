#include "probe/secrets.h"
#include "tool/import_module.h"

namespace litewatch {
namespace {

/// The entry of `http_headers` for a header, made where there is none.
ImportNode& listed_header(ImportNode& http, const std::string& name) {
  if (http.find("http_headers") == nullptr) {
    http.children.push_back(ImportNode::map("http_headers", {}));
  }
  ImportNode& headers = *http.find("http_headers");
  if (headers.find(name) == nullptr) headers.children.push_back(ImportNode::map(name, {}));
  return *headers.find(name);
}

void add_file(ImportNode& header, const ImportNode& secret, ImportContext& context) {
  if (header.find("files") == nullptr) header.children.push_back(ImportNode::list("files", {}));
  ImportNode file = context.file_for("header." + header.key, secret);
  ImportNode& files = *header.find("files");
  files.comment = file.comment;
  file.comment.clear();
  files.children.push_back(std::move(file));
}

void move_plain_secrets(ImportNode& http, ImportContext& context) {
  ImportNode* headers = http.find("headers");
  if (headers == nullptr) return;
  std::vector<ImportNode> kept;
  std::vector<ImportNode> secret;
  for (ImportNode& header : headers->children) {
    (is_secret_header(header.key) ? secret : kept).push_back(std::move(header));
  }
  headers->children = std::move(kept);
  if (headers->children.empty()) http.erase("headers");
  for (ImportNode& header : secret) {
    add_file(listed_header(http, header.key), header, context);
  }
}

/// The texts of `values` where the name is a secret's, and of `secrets`.
void move_listed_secrets(ImportNode& header, ImportContext& context) {
  for (const std::string_view list : {"values", "secrets"}) {
    const ImportNode* found = header.find(list);
    if (found == nullptr || (list == "values" && !is_secret_header(header.key))) continue;
    const std::vector<ImportNode> texts = found->children;
    header.erase(list);
    for (const ImportNode& text : texts) add_file(header, text, context);
  }
}

}  // namespace

void import_headers(ImportNode& http, ImportContext& context) {
  if (ImportNode* headers = http.find("http_headers")) {
    for (ImportNode& header : headers->children) move_listed_secrets(header, context);
  }
  move_plain_secrets(http, context);
  const ImportNode* proxy = http.find("proxy_connect_header");
  if (proxy == nullptr) return;
  for (const ImportNode& header : proxy->children) {
    if (is_secret_header(header.key)) {
      context.leave_out("proxy_connect_header." + header.key +
                        " is a secret for the proxy, which litewatch has no file for");
    }
  }
}

}  // namespace litewatch
