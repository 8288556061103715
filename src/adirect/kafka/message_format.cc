#include "adirect/kafka/message_format.h"

namespace adirect {

Status CheckMessageFormat(const Format& format) {
  const bool headed = format.kind == Format::Kind::kCsv && format.header == Format::Header::kRequired;
  if (format.kind != Format::Kind::kParquet && !headed) return {};
  return InvalidArgument("messages have no header, and the format " + format.name +
                         " needs one or is for Parquet; use seed, or adirect for NDJSON, or a format file with " +
                         "header = \"none\"");
}

}  // namespace adirect
