#include "adirect/api/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <vector>

#include "adirect/base/check.h"
#include "adirect/base/text.h"
#include "adirect/codec/text.h"

namespace adirect {
namespace {

constexpr size_t kMaxNameBytes = 64;
constexpr size_t kSecretBytes = 32;
constexpr std::string_view kAlgorithm = "sha256:";
constexpr std::string_view kRemedy = "; make lines by adirect admin key new";

std::string Sha256(std::string_view salt, std::string_view key) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  const std::string salted = std::string(salt) + std::string(key);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  const int done = EVP_Digest(salted.data(), salted.size(), hash.data(), &size, sha256, nullptr);
  ADIRECT_CHECK(done == 1, "SHA-256 is there");
  return {reinterpret_cast<const char*>(hash.data()), size};
}

Result<std::string> Random(size_t bytes) {
  std::string random(bytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) == 1) return random;
  return Unavailable("the system gives no random bytes; try again");
}

std::string ToHex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += kDigits[static_cast<unsigned char>(c) >> 4];
    hex += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

// Empty where it is not that many bytes in hexadecimal.
std::string FromHex(std::string_view hex, size_t bytes) {
  std::string out(bytes, '\0');
  size_t size = 0;
  const std::string text(hex);
  const int done =
      OPENSSL_hexstr2buf_ex(reinterpret_cast<unsigned char*>(out.data()), bytes, &size, text.c_str(), '\0');
  return done == 1 && size == bytes && hex.size() == 2 * bytes ? out : std::string();
}

bool IsKeyName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

constexpr unsigned Bit(size_t role) { return 1U << role; }

bool MayBe(unsigned roles, Role role) {
  return (roles & (Bit(static_cast<size_t>(role)) | Bit(static_cast<size_t>(Role::kAdmin)))) != 0;
}

// 0 where one of them is none.
unsigned RolesOf(std::string_view names) {
  unsigned roles = 0;
  for (bool more = true; more;) {
    const size_t comma = names.find(',');
    const auto* const found = std::find(kRoleNames.begin(), kRoleNames.end(), names.substr(0, comma));
    if (found == kRoleNames.end()) return 0;
    roles |= Bit(static_cast<size_t>(found - kRoleNames.begin()));
    more = comma != std::string_view::npos;
    names.remove_prefix(more ? comma + 1 : names.size());
  }
  return roles;
}

std::vector<std::string_view> FieldsOf(std::string_view line) {
  constexpr std::string_view kSpace = " \t\r";
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> fields;
  for (size_t at = line.find_first_not_of(kSpace); at != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(kSpace, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kSpace, end);
  }
  return fields;
}

Status BadName() {
  return InvalidArgument("a key's name has 1 to " + std::to_string(kMaxNameBytes) + " letters, digits, - and _");
}

Status BadRoles() { return InvalidArgument("the roles are one or more of " + Joined(kRoleNames) + ", with commas"); }

// The key that is presented; empty where there is none that could be one.
std::string KeyIn(std::string_view authorization) {
  const size_t space = authorization.find(' ');
  std::string scheme(authorization.substr(0, space));
  std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](unsigned char c) { return std::tolower(c); });
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' ', scheme.size()), authorization.size()));
  if (scheme == "bearer") return std::string(authorization);
  if (scheme != "basic") return {};
  const std::string pair = DecodeBase64(authorization).value_or("");
  return pair.substr(0, pair.find(':'));
}

}  // namespace

std::string_view RoleName(Role role) { return kRoleNames[static_cast<size_t>(role)]; }

Result<NewKey> MakeKey(std::string_view name, std::string_view roles) {
  if (!IsKeyName(name)) return BadName();
  if (RolesOf(roles) == 0) return BadRoles();
  const Result<std::string> secret = Random(kSecretBytes);
  if (!secret.ok()) return secret.status();
  const Result<std::string> salt = Random(KeyRing::kSaltBytes);
  if (!salt.ok()) return salt.status();
  NewKey made{std::string(name) + "." + ToHex(*secret), {}};
  made.line = std::string(name) + " " + std::string(roles) + " " + std::string(kAlgorithm) + ToHex(*salt) + ":" +
              ToHex(Sha256(*salt, made.key));
  return made;
}

Result<KeyRing::Entry> KeyRing::ParseLine(std::span<const std::string_view> fields) {
  if (fields.size() != 3) return InvalidArgument("a line is NAME ROLES sha256:SALT:HASH" + std::string(kRemedy));
  if (!IsKeyName(fields[0])) return BadName();
  Entry entry{RolesOf(fields[1]), {}, {}};
  if (entry.roles == 0) return BadRoles();
  std::string_view hash = fields[2];
  if (hash.starts_with(kAlgorithm)) {
    hash.remove_prefix(kAlgorithm.size());
    const size_t colon = std::min(hash.find(':'), hash.size());
    entry.salt = FromHex(hash.substr(0, colon), kSaltBytes);
    entry.hash = FromHex(hash.substr(std::min(colon + 1, hash.size())), kHashBytes);
  }
  if (entry.salt.empty() || entry.hash.empty()) {
    return InvalidArgument("the hash of this key is not sha256:SALT:HASH" + std::string(kRemedy));
  }
  return entry;
}

Result<KeyRing> KeyRing::Parse(std::string_view text, std::string_view file) {
  KeyRing ring;
  for (size_t line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> fields = FieldsOf(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (fields.empty()) continue;
    const std::string place = std::string(file) + ":" + std::to_string(line);
    Result<Entry> entry = ParseLine(fields);
    if (!entry.ok()) return entry.status().Within(place);
    if (!ring.entries_.emplace(fields[0], *std::move(entry)).second) {
      return InvalidArgument(place + ": two keys are named " + Quoted(fields[0]) + "; give each its own name");
    }
  }
  if (ring.entries_.empty()) return InvalidArgument(std::string(file) + ": holds no key" + std::string(kRemedy));
  return ring;
}

KeyRing::Verdict KeyRing::Check(std::optional<std::string_view> authorization, Role needed) const {
  if (!authorization) return Verdict::kNoKey;
  const auto* const found = Find(*authorization);
  if (found == nullptr) return Verdict::kWrongKey;
  return MayBe(found->second.roles, needed) ? Verdict::kGranted : Verdict::kWrongRole;
}

std::optional<KeyRing::Holder> KeyRing::HolderOf(std::string_view authorization) const {
  const auto* const found = Find(authorization);
  if (found == nullptr) return std::nullopt;
  Holder holder{found->first, {}};
  for (const Role role : {Role::kIngest, Role::kRead, Role::kAdmin}) {
    if (MayBe(found->second.roles, role)) holder.roles.push_back(role);
  }
  return holder;
}

const std::pair<const std::string, KeyRing::Entry>* KeyRing::Find(std::string_view authorization) const {
  static const std::pair<const std::string, Entry> nobody{
      "", {0, std::string(kSaltBytes, '\0'), std::string(kHashBytes, '\0')}};
  const std::string key = KeyIn(authorization);
  const auto found = entries_.find(std::string_view(key).substr(0, key.find('.')));
  const auto& entry = found == entries_.end() ? nobody : *found;
  const std::string hash = Sha256(entry.second.salt, key);
  return CRYPTO_memcmp(hash.data(), entry.second.hash.data(), kHashBytes) == 0 ? &entry : nullptr;
}

}  // namespace adirect
