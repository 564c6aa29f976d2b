#pragma once

#include "web/answer.h"

namespace litewatch {

/// What the front answers itself, without asking a worker.
enum class Refusal : unsigned char {
  kBadRequest,
  kBody,
  kTooLarge,
  kTooSlow,
  kTooBusy,
  kUnknownClient,  ///< its certificate has no name of client_allowed_sans
  kPlainHttp,      ///< to a TLS port
};

/// A short text that ends the connection. Answer::handler is unset.
Answer refusal(Refusal refusal);

}  // namespace litewatch
