#include <algorithm>

#include "probe/secrets.h"
#include "tool/import_module.h"

namespace litewatch {
namespace {

/// Keys of a login that litewatch does not have: without them it would be another login.
void leave_out_unknown(const ImportNode& login, const std::vector<std::string_view>& known,
                       ImportContext& context) {
  for (const ImportNode& child : login.children) {
    if (std::ranges::find(known, child.key) != known.end()) continue;
    context.leave_out(login.key + "." + child.key + " is not supported");
  }
}

void import_basic_auth(ImportNode& login, ImportContext& context) {
  leave_out_unknown(login, {"username", "username_file", "password", "password_file"}, context);
  context.move_to_file(login, "password", "password_file");
}

void import_authorization(ImportNode& login, ImportContext& context) {
  leave_out_unknown(login, {"type", "credentials", "credentials_file"}, context);
  context.move_to_file(login, "credentials", "credentials_file");
}

void import_oauth2(ImportNode& login, ImportContext& context) {
  if (login.text_of("grant_type") == "client_credentials") login.erase("grant_type");
  leave_out_unknown(login,
                    {"client_id", "client_secret", "client_secret_file", "token_url", "scopes",
                     "endpoint_params", "tls_config"},
                    context);
  if (login.text_of("token_url").find('@') != std::string::npos) {
    context.leave_out("oauth2.token_url holds a user name or password");
  }
  if (const ImportNode* params = login.find("endpoint_params")) {
    for (const ImportNode& param : params->children) {
      if (!is_secret_header(param.key)) continue;
      context.leave_out("oauth2.endpoint_params." + param.key +
                        " is a secret, and only client credentials are supported");
    }
  }
  context.move_to_file(login, "client_secret", "client_secret_file");
  import_tls(login, context);
}

}  // namespace

void import_logins(ImportNode& http, ImportContext& context) {
  if (ImportNode* login = http.find("basic_auth")) import_basic_auth(*login, context);
  if (ImportNode* login = http.find("authorization")) import_authorization(*login, context);
  if (ImportNode* login = http.find("oauth2")) import_oauth2(*login, context);
  context.move_to_file(http, "bearer_token", "bearer_token_file");
}

void import_tls(ImportNode& section, ImportContext& context) {
  ImportNode* tls = section.find("tls_config");
  if (tls == nullptr) return;
  leave_out_unknown(*tls,
                    {"ca", "cert", "key", "ca_file", "cert_file", "key_file", "server_name",
                     "insecure_skip_verify", "min_version", "max_version", "pinned_key_sha256"},
                    context);
  for (const char* name : {"ca", "cert", "key"}) {
    context.move_to_file(*tls, name, std::string(name) + "_file");
  }
}

}  // namespace litewatch
