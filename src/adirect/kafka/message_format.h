// What a format must be to say what messages are. Private to kafka.
#pragma once

#include "adirect/base/status.h"
#include "adirect/codec/format.h"

namespace adirect {

// InvalidArgument, with the remedy, where rows of the format are not whole by themselves: they need a header, or a
// file.
Status CheckMessageFormat(const Format& format);

}  // namespace adirect
