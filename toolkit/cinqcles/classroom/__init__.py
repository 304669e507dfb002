"""The instructor's side: release, collect, grade, hand back; and the learner's workspace.

The only part of the toolkit that knows nbgrader, papermill and nbclient.
"""
