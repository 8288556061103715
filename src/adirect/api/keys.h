// Keys: who may use the API. A file names each key with its roles and a salted hash of it; the keys themselves are
// kept nowhere.
//
//   # name  roles        hash
//   shop    ingest       sha256:SALT:HASH
//   site    read,ingest  sha256:SALT:HASH
//
// A key is NAME.SECRET, where the secret is 256 random bits: the name finds the line, and one hash decides. Hashes are
// compared in constant time, and a name that there is not costs as much as a wrong secret. No error names a key.
//
//   Result<KeyRing> keys = KeyRing::Parse(text, "keys.txt");
//   keys->Check(request.Header("authorization"), Role::kRead);
//
// Threads: a KeyRing is read only once it is made.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adirect/base/status.h"

namespace adirect {

// What a key may do; admin may do everything.
enum class Role : unsigned char { kIngest, kRead, kAdmin };
inline constexpr std::array<std::string_view, 3> kRoleNames = {"ingest", "read", "admin"};
std::string_view RoleName(Role role);

struct NewKey {
  std::string key;   // told once, to whom it is for
  std::string line;  // of the file, without its end
};

// A new random key. `roles` as the file has them: "read,ingest".
Result<NewKey> MakeKey(std::string_view name, std::string_view roles);

class KeyRing {
 public:
  // The lines of a file; "#" begins a comment. The first that is wrong is the error, by `file` and line; so is a name
  // that comes twice, and a file without a key.
  static Result<KeyRing> Parse(std::string_view text, std::string_view file);

  enum class Verdict : unsigned char { kGranted, kNoKey, kWrongKey, kWrongRole };
  // `authorization`: "Bearer KEY", or "Basic" with the key as user name and any password.
  Verdict Check(std::optional<std::string_view> authorization, Role needed) const;

  // Whose key it is; absent where it is none.
  struct Holder {
    std::string_view name;
    std::vector<Role> roles;  // admin's are all
  };
  std::optional<Holder> HolderOf(std::string_view authorization) const;

 private:
  static constexpr size_t kSaltBytes = 16;
  static constexpr size_t kHashBytes = 32;
  struct Entry {
    unsigned roles = 0;  // 1 << Role
    std::string salt;
    std::string hash;
  };
  friend Result<NewKey> MakeKey(std::string_view name, std::string_view roles);
  static Result<Entry> ParseLine(std::span<const std::string_view> fields);
  // Null where it is no key.
  const std::pair<const std::string, Entry>* Find(std::string_view authorization) const;

  std::map<std::string, Entry, std::less<>> entries_;  // by name
};

}  // namespace adirect
