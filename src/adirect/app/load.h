// Policies and formats by name or file, catalogs by folder, keys by file, as the command line gives them.
//
// What contains a "/" or ends in ".toml" is a file; anything else is the name of one that ships
// inside the binary (policies/ and formats/ of the repository). An unknown name is an error that
// lists the names there are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adirect/api/keys.h"
#include "adirect/base/status.h"
#include "adirect/codec/format.h"
#include "adirect/model/catalog.h"
#include "adirect/targeting/policy.h"

namespace adirect {

Result<Policy> LoadPolicy(const std::string& name_or_file);

// The format to read `input` with: the input's name decides which kind of `adirect` it is, NDJSON
// where it ends in .ndjson, .jsonl or .json, Parquet where it ends in .parquet (a .gz or .zst behind that is not looked
// at), else CSV.
Result<Format> LoadFormat(const std::string& name_or_file, const std::string& input);

// The catalog in `folder`: products.csv and, where it is there, categories.csv. Null where `folder` is
// empty. The first bad row is an error.
Result<std::unique_ptr<Catalog>> LoadCatalog(const std::string& folder);

// The keys in `file`; absent where `file` is empty.
Result<std::optional<KeyRing>> LoadKeys(const std::string& file);

// The shipped file of that path; ours to know (ADIRECT_CHECK).
std::string_view Shipped(std::string_view path);

}  // namespace adirect
