#include "adirect/app/cli.h"
#include "adirect/app/run.h"

int main(int argc, char** argv) {
  adirect::HandleSignals();
  return adirect::RunCommandLine(argc, argv);
}
