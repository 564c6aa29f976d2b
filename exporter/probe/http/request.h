#pragma once

#include <string>

#include "probe/http/hop.h"
#include "probe/http/redirects.h"
#include "probe/run.h"

namespace litewatch {

/// What the hops of one probe have in common and where it stands.
struct RequestState {
  RedirectState redirects;
  bool send_body = true;
  /// Every hop so far was at the target's own origin: credentials may be sent. Once false it stays
  /// false, or a redirect there and back would bring them to whoever asks.
  bool own_origin = true;
};

/// The state of a probe that begins.
RequestState first_request(const ProbeOrder& order, const Url& url);

/// The next request of a probe. `token`: the value of the Authorization field that OAuth 2.0 gave;
/// empty: none. Pure.
HopRequest make_request(const ProbeContext& context, const ProbeOrder& order,
                        const RequestState& state, const BodyPlan& plan, const std::string& token);

/// How much of the body a module wants. `needed`: something looks at it.
BodyPlan body_plan(const HttpModule& module, bool needed);

/// What is wrong with the Content-Encoding of an answer; empty where it is what was asked for.
std::string encoding_problem(const HttpModule& module, const std::string& content_encoding);

/// Whether the module has anything that is sent to the target's own origin only.
bool has_origin_credentials(const PreparedModule& module);

}  // namespace litewatch
