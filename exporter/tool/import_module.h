#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/import_secrets.h"
#include "tool/import_tree.h"

namespace litewatch {

/// What becomes of one module of blackbox_exporter.
struct ImportedModule {
  ImportNode node;                          ///< an entry of our `modules:`
  std::optional<std::string> left_out;      ///< why the module cannot be carried over
  std::vector<std::string> lost;            ///< what of it was not, a clause each
  std::vector<std::string> left_to_people;  ///< secrets whose files are to be filled by hand
};

/// Turns a module into ours, keeping what it does. Secrets go to `secrets`, and into no text here.
ImportedModule import_module(ImportNode node, ImportSecrets& secrets);

/// What the parts of a module share.
struct ImportContext {
  ImportSecrets& secrets;
  ImportedModule& module;

  void lose(std::string what) { module.lost.push_back(std::move(what)); }
  void leave_out(std::string why) {
    if (!module.left_out) module.left_out = std::move(why);
  }

  /// Replaces NAME by FILE_KEY with the path of a file that is to hold NAME's text.
  void move_to_file(ImportNode& map, std::string_view name, const std::string& file_key);
  /// A path for a secret, with what a person has to know about it.
  ImportNode file_for(std::string_view what, const ImportNode& secret);
  /// Drops the keys that are not in `known`, and says so.
  void drop_unknown(ImportNode& map, const std::vector<std::string_view>& known);
};

void import_http(ImportNode& http, ImportContext& context);
/// `headers`, `http_headers` and `proxy_connect_header`.
void import_headers(ImportNode& http, ImportContext& context);
/// `basic_auth`, `authorization`, `bearer_token` and `oauth2`.
void import_logins(ImportNode& http, ImportContext& context);
/// `tls_config`.
void import_tls(ImportNode& section, ImportContext& context);
/// `tcp` or `unix`.
void import_tcp(ImportNode& tcp, ImportContext& context);

/// Values in Go's forms into ours, in place: booleans, durations and sizes, paths with a comment,
/// and nothing where an empty text means nothing.
void import_values(ImportNode& map);

}  // namespace litewatch
