#include "adirect/pipeline/archive_fake_test_support.h"
#include "adirect/pipeline/archive_store_contract_test_support.h"

namespace adirect {
namespace {

std::unique_ptr<ArchiveStore> MakeFake(std::function<void()>&) { return std::make_unique<FakeArchiveStore>(); }

INSTANTIATE_TEST_SUITE_P(Fake, ArchiveStoreContract, testing::Values(ArchiveStoreCase{"memory", MakeFake}),
                         ArchiveStoreCaseName);

}  // namespace
}  // namespace adirect
