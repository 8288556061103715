// Texts on their way out: JSON strings, CSV fields, base64; and whether bytes are UTF-8.
//
// Threads: functions of their arguments.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace adirect {

bool IsUtf8(std::string_view bytes);

// Appends `text` (valid UTF-8) as a JSON string with its quotes.
void AppendJsonString(std::string_view text, std::string& out);

// The same alone.
std::string QuotedJson(std::string_view text);

// Appends a CSV field, quoted as RFC 4180 asks where it holds a delimiter (`,`), a quote or a line end.
void AppendCsvField(std::string_view text, std::string& out);

// Appends base64 (RFC 4648, with padding).
void AppendBase64(std::string_view bytes, std::string& out);

// The bytes that AppendBase64 makes this text of; absent where there are none.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace adirect
