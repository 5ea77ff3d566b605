/*
 * commands.h - what picket.c can run; each command is a file of its name.
 *
 * Errors      each gives the exit code of DESIGN 5.1: check and run those of
 *             the monitoring plugins, the others sysexits.
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
