"""Who goes home in what: a seat for everyone, at least risk, exactly.

vehicle.roster.Roster --+
closed compartments ----+--> moment.py --> assignment.py --> decision.py --> timeline.py --> words, drawing
                             what each place     the best of       with what else    day after day
                             lacks               all sharings      there was         sensitivity.py: how sure
"""
