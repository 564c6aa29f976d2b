#pragma once

#include <string>

#include "probe/module.h"
#include "probe/options.h"

namespace litewatch {

/// What stands in the way of probing a raw URL with that module, one sentence for the client; empty
/// where it is allowed. What it is connected to in the end is AddressPolicy's to decide. Modules
/// that give secrets away, or that connect through a proxy, whose connections nobody here can
/// check, are for configured targets only. Pure.
std::string refuse_raw_target(const RawTargetRules& rules, const ProbeModule& module,
                              const std::string& url);

/// The same for the URL of a redirect: scheme, host and port only.
std::string refuse_raw_url(const RawTargetRules& rules, ProberKind prober, const std::string& url);

/// The same for a host name given beside the URL; the hosts alone.
std::string refuse_raw_hostname(const RawTargetRules& rules, const std::string& hostname);

/// A raw target as blackbox_exporter takes it: without a scheme it is an http URL, for modules of
/// that prober.
std::string raw_target_url(const std::string& target, ProberKind prober);

}  // namespace litewatch
