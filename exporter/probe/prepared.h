#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "probe/cel/cel.h"
#include "probe/http/proxy.h"
#include "probe/module.h"
#include "probe/net/address.h"
#include "probe/pattern.h"
#include "probe/target.h"
#include "probe/tls/certificate.h"

namespace litewatch {

class OAuth2Tokens;

/// A module made ready: files read, expressions compiled. Immutable but for what its tokens hold;
/// shared by all its probes.
struct PreparedModule {
  std::shared_ptr<const ProbeModule> module;
  std::shared_ptr<const TlsProfile> tls;         ///< of the target
  std::shared_ptr<const TlsProfile> oauth2_tls;  ///< of the token's URL; null without oauth2

  std::string body;
  HeaderList secret_headers;   ///< from header_files and authorization: values are secrets
  std::string basic_username;  ///< with basic_password; both empty: none
  std::string basic_password;
  std::string oauth2_client_secret;
  std::shared_ptr<OAuth2Tokens> tokens;  ///< null without oauth2; of the loop's thread
  ProxySettings proxies;

  std::vector<Pattern> body_matches;
  std::vector<Pattern> body_not_matches;
  std::vector<Pattern> header_matches;  ///< in the order of the module's
  std::vector<Pattern> header_not_matches;
  std::optional<CelProgram> cel_matches;
  std::optional<CelProgram> cel_not_matches;
  std::vector<Pattern> expects;  ///< one per query_response; never matches where it has none

  /// All secrets in it, for masking.
  std::vector<std::string> secrets;
};

/// Reads files and the environment; may block. Errors name the module and the file or expression.
/// `machine`: the machine's authorities, to be shared by several modules.
Result<std::shared_ptr<const PreparedModule>> prepare_module(
    std::shared_ptr<const ProbeModule> module,
    std::shared_ptr<Authorities> machine = Authorities::of_machine());

/// A hash of the metadata of every file the module names, the machine's authorities where it uses
/// them: changes when one of them does.
std::string files_fingerprint(const ProbeModule& module);

}  // namespace litewatch
