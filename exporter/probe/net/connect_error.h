#pragma once

#include <string>

#include "probe/reason.h"

namespace litewatch {

/// Which reason a failed connect(2), read or write on a socket is. kInternal for what is not the
/// peer's or the network's doing: out of descriptors or ports, no permission for a Unix socket.
ProbeReason connect_reason(int errnum);

/// The same for people: "connection refused", with the mend where litewatch is at fault.
std::string connect_problem(int errnum);

}  // namespace litewatch
