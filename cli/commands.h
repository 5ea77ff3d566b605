/*
 * commands.h - what picket.c can run; each command is a file of its name.
 *
 * Errors      each gives an exit code: check and run that of the monitoring
 *             plugins (0 up, 1 degraded, 2 down, 3 error), the others one of
 *             sysexits(3).
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int check_cmd(int argc, char **argv);
int demo_cmd(int argc, char **argv);
int explain_cmd(int argc, char **argv);
int probe_cmd(int argc, char **argv);
int probes_cmd(int argc, char **argv);
int push_url_cmd(int argc, char **argv);
int reload_cmd(int argc, char **argv);
int results_cmd(int argc, char **argv);
int run_cmd(int argc, char **argv);
int show_cmd(int argc, char **argv);
int up_cmd(int argc, char **argv);
int validate_cmd(int argc, char **argv);
int version_cmd(int argc, char **argv);

#endif
