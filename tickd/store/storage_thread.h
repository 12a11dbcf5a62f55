/* The storage thread: live batches first, then jobs, then what is too old, then the house. */
#ifndef TICKD_STORAGE_THREAD_H
#define TICKD_STORAGE_THREAD_H

/* Runs until `stopping`; the context is the struct storage. */
void *
storage_thread(void *context);

#endif
