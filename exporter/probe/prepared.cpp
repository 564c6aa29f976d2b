#include "probe/prepared.h"

#include <utility>

#include "probe/http/oauth2.h"
#include "probe/module_files.h"
#include "probe/secrets.h"

namespace litewatch {
namespace {

constexpr std::size_t kMostBody = 1 << 20;

using Problem = std::optional<Error>;

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

/// Compiles one expression after the other; `what` names them in errors.
Problem compile_all(const std::vector<std::string>& regexps, const char* what,
                    std::vector<Pattern>& into) {
  for (const std::string& regexp : regexps) {
    auto pattern = Pattern::compile(regexp);
    if (!pattern) {
      return Error{ErrorKind::kMalformed,
                   std::string(what) + " " + quoted(regexp) + ": " + pattern.error().what, "", 0};
    }
    into.push_back(std::move(*pattern));
  }
  return std::nullopt;
}

std::vector<std::string> regexps_of(const std::vector<HeaderMatch>& matches) {
  std::vector<std::string> regexps;
  for (const HeaderMatch& match : matches) regexps.push_back(match.regexp);
  return regexps;
}

/// A class without characters matches nothing.
std::vector<std::string> regexps_of(const std::vector<QueryResponse>& steps) {
  std::vector<std::string> regexps;
  for (const QueryResponse& step : steps) {
    regexps.push_back(step.expect.empty() ? "[^\\x00-\\x{10FFFF}]" : step.expect);
  }
  return regexps;
}

Problem compile_cel(const std::string& expression, const char* what,
                    std::optional<CelProgram>& into) {
  if (expression.empty()) return std::nullopt;
  auto program = CelProgram::compile(expression);
  if (!program) {
    return Error{ErrorKind::kMalformed,
                 std::string(what) + " " + quoted(expression) + ": " + program.error().what, "", 0};
  }
  into = std::move(*program);
  return std::nullopt;
}

Problem compile_expressions(const HttpModule& http, PreparedModule& into) {
  if (auto problem = compile_all(http.fail_if_body_matches_regexp, "fail_if_body_matches_regexp",
                                 into.body_matches)) {
    return problem;
  }
  if (auto problem = compile_all(http.fail_if_body_not_matches_regexp,
                                 "fail_if_body_not_matches_regexp", into.body_not_matches)) {
    return problem;
  }
  if (auto problem = compile_all(regexps_of(http.fail_if_header_matches_regexp),
                                 "fail_if_header_matches", into.header_matches)) {
    return problem;
  }
  if (auto problem = compile_all(regexps_of(http.fail_if_header_not_matches_regexp),
                                 "fail_if_header_not_matches", into.header_not_matches)) {
    return problem;
  }
  if (auto problem = compile_cel(http.fail_if_body_json_matches_cel,
                                 "fail_if_body_json_matches_cel", into.cel_matches)) {
    return problem;
  }
  return compile_cel(http.fail_if_body_json_not_matches_cel, "fail_if_body_json_not_matches_cel",
                     into.cel_not_matches);
}

Problem read_one_secret(const std::string& path, std::string& into, PreparedModule& prepared) {
  if (path.empty()) return std::nullopt;
  auto secret = read_secret(path);
  if (!secret) return secret.error();
  into = *secret;
  prepared.secrets.push_back(std::move(*secret));
  return std::nullopt;
}

Problem read_basic_auth(const BasicAuthOptions& options, PreparedModule& into) {
  into.basic_username = options.username;
  if (!options.username_file.empty()) {
    auto username = read_secret(options.username_file);
    if (!username) return username.error();
    into.basic_username = std::move(*username);
  }
  if (auto problem = read_one_secret(options.password_file, into.basic_password, into)) {
    return problem;
  }
  into.secrets.push_back(base64(into.basic_username + ":" + into.basic_password));
  return std::nullopt;
}

Problem read_secret_headers(const HttpModule& http, PreparedModule& into) {
  for (const auto& [name, path] : http.header_files) {
    std::string value;
    if (auto problem = read_one_secret(path, value, into)) return problem;
    into.secret_headers.emplace_back(name, std::move(value));
  }
  if (http.authorization) {
    std::string credentials;
    if (auto problem = read_one_secret(http.authorization->credentials_file, credentials, into)) {
      return problem;
    }
    into.secret_headers.emplace_back("Authorization", http.authorization->type + " " + credentials);
  }
  return std::nullopt;
}

Problem read_body(const HttpModule& http, PreparedModule& into) {
  into.body = http.body;
  if (http.body_file.empty()) return std::nullopt;
  auto body = read_small_file(http.body_file, kMostBody);
  if (!body) return body.error();
  into.body = std::move(*body);
  return std::nullopt;
}

Problem create_tls(const TlsClientOptions& options, const std::shared_ptr<Authorities>& machine,
                   std::shared_ptr<const TlsProfile>& into) {
  auto profile = TlsProfile::create(options, machine);
  if (!profile) return profile.error();
  into = std::move(*profile);
  return std::nullopt;
}

Problem prepare_oauth2(const OAuth2Options& options, const std::shared_ptr<Authorities>& machine,
                       PreparedModule& into) {
  if (auto problem = read_one_secret(options.client_secret_file, into.oauth2_client_secret, into)) {
    return problem;
  }
  into.secrets.push_back(base64(options.client_id + ":" + into.oauth2_client_secret));
  into.tokens = std::make_shared<OAuth2Tokens>();
  return create_tls(options.tls, machine, into.oauth2_tls);
}

void note_plain_secrets(const HttpModule& http, PreparedModule& into) {
  for (const auto& [name, value] : http.headers) {
    if (is_secret_header(name)) into.secrets.push_back(value);
  }
}

Problem prepare_http(const HttpModule& http, const std::shared_ptr<Authorities>& machine,
                     PreparedModule& into) {
  note_plain_secrets(http, into);
  into.proxies = proxy_settings(http);
  if (auto problem = compile_expressions(http, into)) return problem;
  if (auto problem = read_body(http, into)) return problem;
  if (http.basic_auth) {
    if (auto problem = read_basic_auth(*http.basic_auth, into)) return problem;
  }
  if (auto problem = read_secret_headers(http, into)) return problem;
  if (http.oauth2) {
    if (auto problem = prepare_oauth2(*http.oauth2, machine, into)) return problem;
  }
  return create_tls(http.tls, machine, into.tls);
}

Problem prepare_tcp(const TcpModule& tcp, const std::shared_ptr<Authorities>& machine,
                    PreparedModule& into) {
  if (auto problem = compile_all(regexps_of(tcp.query_response), "expect", into.expects)) {
    return problem;
  }
  return create_tls(tcp.tls_config, machine, into.tls);
}

}  // namespace

Result<std::shared_ptr<const PreparedModule>> prepare_module(
    std::shared_ptr<const ProbeModule> module, std::shared_ptr<Authorities> machine) {
  auto prepared = std::make_shared<PreparedModule>();
  prepared->module = module;
  auto problem = module->prober == ProberKind::kHttp
                     ? prepare_http(module->http, machine, *prepared)
                     : prepare_tcp(module->tcp, machine, *prepared);
  if (problem) {
    problem->what = "module " + quoted(module->name) + ": " + problem->what;
    return *problem;
  }
  return std::shared_ptr<const PreparedModule>(std::move(prepared));
}

}  // namespace litewatch
