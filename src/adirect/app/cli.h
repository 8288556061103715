// The command line: flags over environment (ADIRECT_…) over a TOML file (--config), to options.
#pragma once

namespace adirect {

// Parses, runs the command, returns the process's exit code.
int RunCommandLine(int argc, char** argv);

}  // namespace adirect
