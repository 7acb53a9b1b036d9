// What must be in place before and around the program proper: see address_space.c and allocation.c.
#ifndef CARBONCLIP_STARTUP_H
#define CARBONCLIP_STARTUP_H

/// Ends the program with one line and status 1 where it would trap or abort because memory was refused to it.
void carbonclip_watch_allocations(void);

#endif
